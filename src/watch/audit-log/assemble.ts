/** Lines of the Linux audit log → the lines of one event together, by time and serial (auditd writes them mixed with others'). */
import type { RecordAssembler, RecordPiece } from '../../core/sensor.ts';

/** Events that may be open at once, and lines of one. The kernel itself cuts arguments off behind some thousand lines. */
const openLimit = 256;
const lineLimit = 8192;

const keyPattern = /(?:^node=(\S+) )?(?:type=(\S+) )?(?:msg=)?audit\((\d+\.\d+):(\d+)\)/;

/** What user space says of itself: never more than one line. */
const single = /^(?:USER|CRED|DAEMON|SERVICE|ADD|DEL|GRP|SYSTEM|CRYPTO|ROLE|USYS|ACCT|CHGRP|CHUSER|VIRT|LABEL)_/;

interface OpenEvent {
  readonly first: RecordPiece;
  readonly lines: string[];
  bytes: number;
}

/**
 * An event is whole at its `EOE` line. Where that is missing it is whole when many others began after it, or at the end: lines of
 * one event that stand further apart become two events of the same serial.
 */
export const assembleAuditLines = (): RecordAssembler => {
  const open = new Map<string, OpenEvent>();
  const close = (key: string): readonly RecordPiece[] => {
    const event = open.get(key);
    if (event === undefined) return [];
    open.delete(key);
    return [{ ...event.first, value: event.lines, bytes: event.bytes }];
  };
  return {
    push: (piece) => {
      if (typeof piece.value !== 'string') return [piece];
      const found = keyPattern.exec(piece.value);
      const type = found?.[2] ?? '';
      if (found === null || single.test(type)) return [piece];
      const key = `${found[1] ?? ''} ${found[3]}:${found[4]}`;
      if (type === 'EOE') return close(key);
      const event = open.get(key);
      if (event !== undefined && event.lines.length < lineLimit) {
        event.lines.push(piece.value);
        event.bytes += piece.bytes;
        return [];
      }
      const full = event === undefined ? [] : close(key);
      open.set(key, { first: piece, lines: [piece.value], bytes: piece.bytes });
      if (open.size <= openLimit) return full;
      const [oldest] = open.keys();
      return [...full, ...close(oldest ?? key)];
    },
    finish: () => [...open.keys()].flatMap(close),
  };
};
