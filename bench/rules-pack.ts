/**
 * A rule count → a YARA file such as careless third parties write: loose regular expressions, short and common literals,
 * wildcards and jumps, no condition that is cheap to refuse. Deterministic.
 */

const words = [
  'http',
  'exec',
  'shell',
  'token',
  'wallet',
  'stratum',
  'passwd',
  'base64',
  'socket',
  'cmd',
  'eval',
  'root',
];

/** A small linear congruential generator: the same pack on every machine. */
const numbersFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

export const looseRules = (count: number): string => {
  const next = numbersFrom(20240101);
  const below = (limit: number): number => Math.floor(next() * limit);
  const word = (): string => words[below(words.length)] ?? 'exec';
  const hex = (): string => below(256).toString(16).padStart(2, '0');
  const tail = (): string => String.fromCharCode(97 + below(26)) + String.fromCharCode(97 + below(26)) + below(1000);
  const shapes: readonly (() => string)[] = [
    () => `/${word()}[a-z0-9_.-]{2,40}${tail()}/ nocase`,
    () => `/[A-Za-z0-9+\\/]{20,60}${tail()}/`,
    () => `/(${word()}|${word()}|${word()})\\s*[:=]\\s*["'][^"']{4,32}${tail()}/`,
    () => `/\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}:${1000 + below(60000)}/`,
    () => `/${word()}.{0,30}${word()}${tail()}/`,
    () => `{ ${hex()} ${hex()} ?? ${hex()} [2-8] ${hex()} ${hex()} ${hex()} }`,
    () => `"${word()}_${tail()}" nocase wide ascii`,
    () => `"${tail()}"`,
  ];
  const rules = Array.from({ length: count }, (_, index) => {
    const strings = Array.from({ length: 3 + below(4) }, (_unused, position) => {
      const shape = shapes[below(shapes.length)] ?? shapes[0];
      return `    $s${position} = ${shape?.() ?? ''}`;
    });
    return `rule loose_${index} {\n  strings:\n${strings.join('\n')}\n  condition:\n    all of them\n}\n`;
  });
  return rules.join('\n');
};
