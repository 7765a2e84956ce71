import { sinkContract, type Received } from '../../../test/contracts/sink.contract.ts';
import { unavailable } from '../../core/fault.ts';
import { stdout } from './stdout.ts';

sinkContract(stdout, async () => {
  const lines: string[] = [];
  let broken = false;
  return {
    settings: {},
    print: async (text) => {
      if (broken) throw unavailable('OUTPUT_FAILED', 'nobody reads standard output');
      lines.push(...text.split('\n').slice(0, -1));
    },
    received: () =>
      lines.map((line): Received => {
        const document = JSON.parse(line) as Record<string, unknown>;
        return { id: String(document['record']), document };
      }),
    troubles: {
      'nobody reads': () => {
        broken = true;
      },
    },
    heal: () => {
      broken = false;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});
