import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder } from '../../test/contracts/image-source.contract.ts';
import { startFakeContainerd } from '../../test/fakes/containerd.ts';
import { startFakeEngineApi } from '../../test/fakes/engine-api.ts';
import type { Context } from '../core/context.ts';
import { unavailable } from '../core/fault.ts';
import type { Verdict } from '../core/verdict.ts';
import { noSurvey, type Holding, type Survey } from '../estate/finder.ts';
import { buildImage } from '../image/oci-layout-writer.ts';
import { exitStatus, openInspector } from './inspect.ts';
import { judgeRunning, openRunningMemory, surveyMachine } from './running.ts';
import { resolveSettings } from './settings.ts';

const first = buildImage({ layers: [{ entries: [{ path: 'srv/first', content: 'the first harbour' }] }] });
const second = buildImage({ layers: [{ entries: [{ path: 'srv/second', content: 'the second harbour' }] }] });
const third = buildImage({ layers: [{ entries: [{ path: 'srv/third', content: 'the third harbour' }] }] });

const ruleFor = (word: string): string => `
rule harbour_${word} {
  meta:
    description = "an inert marker of this test"
    severity = "critical"
    confidence = "high"
    intent = "implant"
  strings:
    $text = "the ${word} harbour"
  condition:
    $text
}
`;

interface Given {
  readonly folder: string;
  readonly context: Context;
  /** Judges with rules that find these words. */
  readonly judge: (survey: Survey, words?: readonly string[], cache?: boolean) => Promise<readonly Verdict[]>;
}

const given = (run: (given: Given) => Promise<void>): Promise<void> =>
  inFolder(async (folder, plain) => {
    const rules = join(folder, 'rules.yar');
    await run({
      folder,
      context: plain,
      judge: async (survey, words = [], cache = true) => {
        await writeFile(rules, `rule nothing { condition: false }\n${words.map(ruleFor).join('')}`);
        const flags = { rules: [rules], defaultRules: false, cacheFolder: join(folder, 'cache'), cores: 1 };
        const settings = resolveSettings({ flags, environment: {}, file: {}, fileName: '' });
        await using inspector = await openInspector(settings, plain);
        using memory = openRunningMemory(cache ? join(folder, 'cache') : undefined, plain);
        return await judgeRunning(survey, inspector, { context: plain, memory, onImage: () => undefined });
      },
    });
  });

const summary = (verdicts: readonly Verdict[]): readonly unknown[] =>
  verdicts.map(({ dossier, assessment, turnedFrom, uses }) => [
    dossier.identity.config,
    assessment,
    turnedFrom?.decision,
    uses?.map(({ engine, container }) => container?.name ?? engine),
  ]);

test('one image in two engines is judged once, with all its places', () =>
  given(async ({ folder, context, judge }) => {
    const [docker, containerd] = [join(folder, 'd.sock'), join(folder, 'c.sock')];
    await using engine = await startFakeEngineApi(folder, docker, {
      images: [
        { image: first, names: ['first:1'] },
        { image: second, names: ['second:1'] },
      ],
      containers: [{ Id: 'c1', Names: ['/web'], ImageID: first.configDigest, State: 'running' }],
    });
    await using _ = await startFakeContainerd(containerd, { demo: { images: { 'docker.io/library/first:1': first } } });
    const environment = { DOCKER_HOST: `unix://${docker}`, CONTAINERD_ADDRESS: containerd };
    const survey = await surveyMachine({ root: folder }, { ...context, environment });
    assert.deepEqual(survey.problems, []);
    const verdicts = await judge(survey);
    assert.deepEqual(summary(verdicts), [
      [first.configDigest, 'clean', undefined, ['web', 'containerd']],
      [second.configDigest, 'clean', undefined, ['docker']],
    ]);
    // Its bytes were fetched from one of the two.
    assert.deepEqual(
      engine.asked.filter((path) => path.endsWith('/get')),
      [`/images/${second.configDigest}/get`],
    );
  }));

/** Images of a containerd, as its finder would tell. */
const withContainerd = (
  run: (given: Given & { readonly survey: Survey; readonly at: string }) => Promise<void>,
  without: readonly string[] = [],
): Promise<void> =>
  given(async (one) => {
    const at = join(one.folder, 'c.sock');
    const images = { 'first:1': first, 'second:1': second, 'third:1': third };
    const containers = [{ id: 'runs', image: 'third:1', task: 2 }];
    await using _ = await startFakeContainerd(at, { demo: { images, containers, without } });
    const environment = { CONTAINERD_ADDRESS: at };
    await run({ ...one, at, survey: await surveyMachine({ root: one.folder }, { ...one.context, environment }) });
  });

test('an image that turned bad comes first, as long as it is bad; what was never allowed did not turn', () =>
  withContainerd(async ({ judge, survey }) => {
    assert.deepEqual(summary(await judge(survey, ['first'])), [
      [first.configDigest, 'malicious', undefined, ['containerd']],
      [third.configDigest, 'clean', undefined, ['containerd']],
      [second.configDigest, 'clean', undefined, ['containerd']],
    ]);
    for (const _ of ['now', 'and again']) {
      const verdicts = await judge(survey, ['first', 'second']);
      assert.deepEqual(
        verdicts.map(({ assessment, turnedFrom }) => [assessment, turnedFrom?.assessment]),
        [
          ['malicious', 'clean'],
          ['malicious', undefined],
          ['clean', undefined],
        ],
      );
      assert.equal(verdicts[0]?.dossier.identity.config, second.configDigest);
      assert.notEqual(verdicts[0]?.turnedFrom?.rules, verdicts[0]?.dossier.rules.version);
      assert.equal(exitStatus(verdicts, 'deny'), 1);
    }
    assert.deepEqual(
      (await judge(survey)).map(({ turnedFrom }) => turnedFrom),
      [undefined, undefined, undefined],
    );
    // The rule was withdrawn, so that all were allowed; it comes back.
    const again = await judge(survey, ['first']);
    assert.deepEqual(
      [again[0]?.dossier.identity.config, again[0]?.turnedFrom?.decision],
      [first.configDigest, 'allow'],
    );
  }));

test('without a memory nothing turns', () =>
  withContainerd(async ({ judge, survey }) => {
    await judge(survey, [], false);
    const verdicts = await judge(survey, ['second'], false);
    assert.deepEqual([verdicts[0]?.assessment, verdicts[0]?.turnedFrom], ['malicious', undefined]);
  }));

test('an image without its layers is incomplete, until an engine that has them is found', () =>
  withContainerd(
    async ({ folder, judge, survey }) => {
      const verdicts = await judge(survey);
      assert.deepEqual(
        verdicts.map(({ dossier, assessment }) => [dossier.identity.config, assessment, dossier.gaps[0]?.code]),
        [
          [first.configDigest, 'incomplete', 'CONTAINERD_CONTENT_MISSING'],
          [third.configDigest, 'clean', undefined],
          [second.configDigest, 'clean', undefined],
        ],
      );
      assert.equal(exitStatus(verdicts, 'deny'), 3);
      const socket = join(folder, 'd.sock');
      await using _ = await startFakeEngineApi(folder, socket, { images: [{ image: first, names: ['first:1'] }] });
      const held: Holding = {
        exact: [first.configDigest],
        loose: [],
        reading: { reference: `docker-daemon:${first.configDigest}`, environment: { DOCKER_HOST: `unix://${socket}` } },
        uses: [{ engine: 'docker', at: socket, state: 'stored', names: [] }],
      };
      const both = await judge({ ...survey, holdings: [...survey.holdings, held] });
      assert.deepEqual(
        both.map(({ assessment }) => assessment),
        ['clean', 'clean', 'clean'],
      );
    },
    [...first.layerDigests],
  ));

test('what cannot be read from here, and who cannot be asked, is incomplete and says why', () =>
  given(async ({ judge }) => {
    const digest = `sha256:${'a'.repeat(64)}` as const;
    const use = { at: 'x', state: 'running', names: ['registry.example/\u001bapp:1'] } as const;
    const pod = { namespace: 'shop', name: 'web', node: 'node-1' };
    const fault = unavailable('ENGINE_FORBIDDEN', 'docker at unix:///x may not be asked', 'unix:///x');
    const verdicts = await judge({
      ...noSurvey,
      holdings: [
        { exact: [], loose: [digest], uses: [{ engine: 'kubernetes', ...use, pod }] },
        { exact: [`sha256:${'b'.repeat(64)}`], loose: [], uses: [{ engine: 'cri', ...use }] },
        { exact: [], loose: [], uses: [{ engine: 'containerd', ...use, container: { id: 'c9' } }] },
      ],
      problems: [{ where: 'docker at unix:///x', fault }],
    });
    assert.deepEqual(
      verdicts
        .toSorted((one, other) => ((one.dossier.gaps[0]?.code ?? '') < (other.dossier.gaps[0]?.code ?? '') ? -1 : 1))
        .map(({ assessment, decision, dossier, uses }) => [assessment, decision, dossier.gaps[0]?.code, uses?.length]),
      ['ENGINE_FORBIDDEN', 'IMAGE_CONTENT_UNREACHABLE', 'IMAGE_ELSEWHERE', 'IMAGE_RECORD_GONE'].map((code) => [
        'incomplete',
        'deny',
        code,
        code === 'ENGINE_FORBIDDEN' ? undefined : 1,
      ]),
    );
    const elsewhere = verdicts.find(({ dossier }) => dossier.gaps[0]?.code === 'IMAGE_ELSEWHERE');
    assert.match(elsewhere?.dossier.gaps[0]?.reason ?? '', /on node-1/);
    assert.equal(exitStatus(verdicts, 'deny'), 3);
  }));
