/** Lines of the Linux audit log → the lines of one event together, by time and serial (auditd writes them mixed with others'). */
import type { RecordAssembler, RecordPiece } from '../../core/sensor.ts';

/** Events that may be open at once, and lines of one. The kernel itself cuts arguments off behind some thousand lines. */
const openLimit = 256;
const lineLimit = 8192;

const lastType = 'PROCTITLE';

const keyPattern = /(?:^node=(\S+) )?(?:type=(\S+) )?(?:msg=)?audit\((\d+\.\d+):(\d+)\)/;

/** What user space says of itself: never more than one line. */
const single = /^(?:USER|CRED|DAEMON|SERVICE|ADD|DEL|GRP|SYSTEM|CRYPTO|ROLE|USYS|ACCT|CHGRP|CHUSER|VIRT|LABEL)_/;

/** Records of one event are written at once: what is older than that beside a newer one is whole. */
const openSeconds = 2;

interface OpenEvent {
  readonly seconds: number;
  readonly first: RecordPiece;
  readonly lines: string[];
  bytes: number;
}

/**
 * An event is whole at its `PROCTITLE`, the last record that the kernel writes of it, or at `EOE`, which not every daemon keeps.
 * Where both are missing it is whole when later ones come, or at the end: lines of one event that stand further apart become two
 * events of the same serial.
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
        return type === lastType ? close(key) : [];
      }
      const whole = event === undefined ? [] : [...close(key)];
      const seconds = Number(found[3]);
      for (const [other, { seconds: began }] of open) {
        if (open.size < openLimit && began >= seconds - openSeconds) break;
        whole.push(...close(other));
      }
      open.set(key, { first: piece, lines: [piece.value], bytes: piece.bytes, seconds });
      return whole;
    },
    finish: () => [...open.keys()].flatMap(close),
    // In the order in which they were opened.
    oldest: () => open.values().next().value?.first,
  };
};
