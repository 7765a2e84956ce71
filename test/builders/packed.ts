/** Packed data that no part of Node can make: small literals, made with bzip2 1.0, xz 5.4 and lz4 1.9 from the texts beside them. */

/** 1110 bytes. */
export const plainLines: string = Array.from({ length: 40 }, (_, index) => `line ${index} of an ordinary text\n`).join(
  '',
);

const bytes = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

/** `plainLines`, one block. */
export const bzip2Lines: Uint8Array = bytes(
  'QlpoMTFBWSZTWdZMki8AATtZgAAQQAB/4CcllGAwAKMEpH6qnon+pQ09QAUGjRoMgNAqVRgAANHwCjuBRoCjja1t+cz069uN5LySSTaSMkkmMYxj' +
    'HoCj8BRrOc3VuULdsUKtUKqqqqqray3AowBR9AosBRoClBHYigjsR4IoEYBFoioR6IqEeiMhHwu5IpwoSGsmSReA',
);

/** 250,000 bytes. */
export const alphabetRun: Uint8Array = Buffer.from('abcdefghijklmnopqrstuvwxyz0123456789'.repeat(7000)).subarray(
  0,
  250_000,
);

/** `alphabetRun`, three blocks. */
export const bzip2Blocks: Uint8Array = bytes(
  'QlpoMTFBWSZTWaVSkLYAO6mJgH/gP///8DABMAGGCYEwENGTTATVVAE0wCMmEMBhgmBMBDRk0w9KIlgURLCoiWJREsaiJZFESyqIlmURLOoiXwoi' +
    'WhREuGmREtUiJa5ES2SIltkRLdIiW+REuEiJZ1ES+lES+1ES4qIlyURL8URLmoiXRREuqiJdlES/VES/lES/1ES7qIl4URLyoiXpREvZigrJMprO' +
    'jXR1KANj0EwD/wH///+BgAmADDBMCYCGjJpgJqqgAmEaYTCGAwwTAmAhoyaYelESwKIlhURLEoiWNREsiiJZVESzKIlnURLQoiWlREvhREtSiJa1' +
    'ES2KIltURL5URL6URLcoiX2oiXbhIiXGREuUiJfkiJc5ES6SIl1kRLtIiWdREv1REv5REv9REu6iJeFES8qIl6URL2YoKyTKay68cOMgCYBhMA/8' +
    'B////gYAIgBhgmBMBDRk0wE1VQJghgAjIwGGCYEwENGTTD1CJYIRLDCJYoRLHCJZIRL4hEssIlmhEs8IlohEtMIl8wiX1CJfcIlqhEtcIlshEtsI' +
    'luhEt8IlwhEuMIlyhEucIl0hEvxES/URLB1REu0Il/QiX/CJd4RLxCJeYRL1CJexdyRThQkEP02IgA==',
);

/** `plainLines`, LZMA2, CRC64. */
export const xzLines: Uint8Array = bytes(
  '/Td6WFoAAATm1rRGAgAhARAAAACocI6G4ARVAHBdADYaSh8IoCYDTQad8AQMcwuIxhtA4gR9oWH/v+B0yhiKcBD5GEl8Tbji9CFo6wNyagsw0U3T' +
    'dyDsE1DjPTEYzWNBUYpFoS6C2IF7GLEnJ25y+uAoFnssN1UM8iM3D6u6xngRaWfRW+e7UYpKTLTY0AAAR3havwwrMf8AAYwB1ggAADOea5qxxGf7' +
    'AgAAAAAEWVo=',
);

/** 1110 bytes in three blocks of at most 400: `plainLines`, LZMA2, SHA-256. */
export const xzSha256Blocks: Uint8Array = bytes(
  '/Td6WFoAAArh+wyhAgAhAQAAAAA3J5fW4AGPAEVdADYaSh8IoCYDTQad8AQMcwuIdXDIckuddMuorD5zKKnlB3Tz/K5kYMrthx6sEpJgQOlTpcl1E5aQ' +
    'naMTPq0xPL7oNuHtGwAAAABBxRDyaGSZh323bJ1xmjDgfAL2SfPVRLiR1lr0z5rSPgIAIQEAAAAANyeX1uABjwBDXQA3GEqsgviuN8olv7rtjsm12PBB' +
    'aZdkAv9xWAGGoEcZuRNFcEk0qdDJeyh2l/bs/pd2eaALd08oFtuYNXoS0MQ5b1oAAAApCssm1rwlBGr+gtXQdCJDtqDiKzd4O11r1eGKGZ+yWwIAIQEA' +
    'AAAANyeX1uABNQA8XQA6Aom8LZEKiOMn9xGnc15B0lnYFuGS8oXieSxhZUXF6C3BpX9r+Fbw1t3g42zAjmgMgfy3C0N1kF6L7lAArn4Ec3ryZHqXOBy6' +
    'w6ojDqTra7j8eVsD6I4EgrWBlQ8AA3mQA3eQA3C2AgBriaJHEzqD1wMAAAAAClla',
);

/** 396 bytes: calls to one place from many, in the instructions of each machine; x86's also close together. */
export const machineCode: Uint8Array = Buffer.concat(
  Array.from({ length: 9 }, (_, index) => {
    const at = index * 44;
    const bytes = Buffer.alloc(44);
    bytes.set([0xe8], 0);
    bytes.writeInt32LE(5000 - at, 1);
    bytes.set([0xe8, 0xe9, 0xe8, 0, 0, 0xff, 0xff], 5);
    bytes.writeUInt32LE((0x94000000 | (((9000 - at) >> 2) & 0x3ffffff)) >>> 0, 12);
    bytes.writeUInt32LE((0x90000000 | ((at & 3) << 29) | (at << 5)) >>> 0, 16);
    bytes.writeUInt32LE((0xeb000000 | ((7000 - at) & 0xffffff)) >>> 0, 20);
    bytes.writeUInt16LE(0xf000 | ((at >> 3) & 0x7ff), 24);
    bytes.writeUInt16LE(0xf800 | (at & 0x7ff), 26);
    bytes.writeUInt32BE((0x48000001 | ((6000 - at) & 0x3fffffc)) >>> 0, 28);
    bytes.writeUInt32BE((0x40000000 | ((4000 - at) & 0x3fffff)) >>> 0, 32);
    bytes.writeUInt32BE((0x7fc00000 | (-at & 0x3fffff)) >>> 0, 36);
    return bytes;
  }),
);

/** `machineCode` through the filters of xz; their checks are SHA-256, CRC32, CRC64 and none. */
export const xzFiltered: Readonly<Record<string, Uint8Array>> = {
  x86: bytes(
    '/Td6WFoAAArh+wyhAwEEBBAAAAAhAQAAbqk1/OABiwDCXQB0Jz5gDCsl+I3e5r/qom72KKLacuEYfzcsGTupC9pJDifbAiklxL6XibCqSVXoLajYUmOC' +
      'IuppCspX+kDV5yksQv52fIPm9Jlzv/J0ktikUBbmNczlJWnMtw+iGu1r2josMGqdFGF4U4R24i6iym75YP3GHKizGcZd0wf6S0vQ3SO46fUdaF+FHiIn' +
      'HFShSlhB4NwXcciKzLd0Y8QiABbaywGAn/pNmsoIEcSBTdSqrvLYrL6O2Dj+TSJGbyMytQQqAAAAACKcZ6UW7bRdyDw05NgxIVizKpzz55P6UtRaiT8C' +
      'OcmcAAH6AYwDAADIcPXvtunfHAIAAAAAClla',
  ),
  powerpc: bytes(
    '/Td6WFoAAAFpIt42AgEFACEBAAB/4PHI4AGLALVdAHQh/mAMK2jvLopLlSMYNGYUKFR9USXziyzqdpCJdncPirN0Jq0VCoOmDqvfh4nljfhQ1rQzI326' +
      'hgRGmAGq178h2eEq3ysOSJiV3pPALPx8VnB7++eRVbW45YnCHE67dVqilJw2Z2Rd9Z+IfIqgjULRahAiJBvGrdNAru/GChpJzCx1WPzblcGO4TP4TzyO' +
      'cQGVfTp42L8+qguXuBYPV+YxQ9h2Vnuo977SYZCpXkYTJbCsrCkAAAAA2B7WEQABzQGMAwAA3UeK9j4wDYsCAAAAAAFZWg==',
  ),
  arm: bytes(
    '/Td6WFoAAATm1rRGAgEHACEBAAB0QTmF4AGLAMFdAHQh/mAMK2jvLopLlSMYNGYUKFR+Hm5ziyzqdpCJdncOxAfqG1D9Hnoox3EcS4DstB76ru3Gbkhs' +
      'W8CuXJKxFThC0vZOVCMbWLlN8DR/qPYZBtlPAbJKMWhvKyNqgC9S8Ceji57GF5hc9S/PuUNDQJY8BSHczZCuAeAAtP1KuatyCLKtMABqSrrtjjOfeFmA' +
      'CEpTUdZB2yQR4SeDBxFPdtp/hN3bpJFMzywVbLuea+wrWVqvm6mcUz14XwOXSmXne4IAAAAAeZOgr0Smo+oAAd0BjAMAAEZFXPWxxGf7AgAAAAAEWVo=',
  ),
  armThumb: bytes(
    '/Td6WFoAAAD/EtlBAgEIACEBAACh82904AGLAMddAHQh/mAMK2jvLopLlSMYNGYUKFR9USXziyzqf06Q7vfI6ffkF2d2v3CI8NgmuuOMGU6Bma5JxrYM' +
      '5rqd0f5Fp3xn1lZsDTI7KQ7FICT9MJ/Gc4izasEqHBoEYG7Y8kJUef2jEznh7oVJkhdqpqjJ9txA38xdMcpKuVMSm36biyW+ZfOFFyFAcGnbTlzZSDhy' +
      'mhP2LHfmNQhPfbdu0dEv1joxbmDkjB/nPQ/mwZGDy3a580P+vjQ1h+tEe70sfmjgYQ0nsqZgT7AAAAAB2wGMAwAAW6YFI6gACvwCAAAAAABZWg==',
  ),
  sparc: bytes(
    '/Td6WFoAAAFpIt42AgEJACEBAAAEIDO/4AGLAMNdAHQh/mAMK2jvLopLlSMYNGYUKFR9USXziyzqdpCJdncOxAfqG1b3gnoMSihNbKKpj+P8OecPh6DF' +
      'QL1bZBVbQGxtNc5c1nPt/sm1G/Gk/Z0fxzJsPJ8rJhgnXF0JFdp166ezT5QLnIyU4aV4+cq2/fHXfYD5D/ZzY+OCTB8/ym9j+si2skgcBE/YmT94/+DI' +
      'atBugWJ0Uz+BIg40cfVWjP3J0UwOicGepoI3NdpGOtMuI4uZnnO9+g1UOm5W7f+/e1RUUQAA2B7WEQAB2wGMAwAAW6YFIz4wDYsCAAAAAAFZWg==',
  ),
  arm64: bytes(
    '/Td6WFoAAAFpIt42AgEKACEBAACqUqc54AGLALldAHQh/mAMK2jvLopLlSO1fGp0b1Y93QIwC1K8f3jjrj3i2sjFG1K72Ijl6E2cnIRxI9zsPh1eyzfE' +
      '8ZF0gyOKxyRxXA0uY4tXREAAfZnwg6pCqTpUxKoCOG7RsaI+A/uLq/2vTIaE0YWkm+SH4AaRa/jYsiIjUg4cuF8PJsckvWIrplqs8gZT3SWL1P9yT8IZ' +
      'OzI6ThuibTtydyY417RVxsFhNAzBc/+Y+TsDLwNAylVIcyMfxGmHHcAFAAAAANge1hEAAdEBjAMAAD2FnoI+MA2LAgAAAAABWVo=',
  ),
  delta: bytes(
    '/Td6WFoAAAFpIt42AwIDASsEACEBAAAA3DklvOABiwBhXQB0Iz5gDCtr11T6GycudEBwIiOB/he1myqN7ZxraQL4hlRxshjq60qW9S9F2xYyYfghn8HX' +
      'wkZ2Pac/2ifDqkT+6rF8zD/ZENhRDciz64lk0qpuLWfqZlykR3NewvWMI8kAAAAAANge1hEAAX2MAwAAAL84ShI+MA2LAgAAAAABWVo=',
  ),
};

/** `plainLines`, LZMA alone with an end mark; the second with other properties than usual. */
export const lzmaLines: Uint8Array = bytes(
  'XQAQAAD//////////wA2GkofCKAmA00GnfAEDHMLiHVwyHJLnXTLqKw+cyip5Qd08/yuZGDK7YcerBKSYEDpU6XJdROWkJ2jEz6tMTy+6EAsts1NS6pS' +
    'HSby1mZulFq0J5ZccGs9I2ClcKnIhaW746al7wJC/avqmfZ4FQF0ZXP//8ymbkA=',
);
export const lzmaOddLines: Uint8Array = bytes(
  'PwAQAAD//////////wA2Gko0t7WZ7feRacxj9cxsbP4j020zu9QFj/w8jRXexMEQazCmcBs4/7DXmsyS7UpHFzdZomDIhow8u0Q/5NmlJa8+dDdPvhOC' +
    'zS+0qWhYOhUQ49bagIyI4CS/tMux8OKuaFdV/9grmGJYOt3GgDsZ55LpeyFf/i/kwA==',
);

/** `plainLines`, LZ4: a frame with all its checksums, and an old frame. */
export const lz4Lines: Uint8Array = bytes(
  'BCJNGHRAveMAAADxDGxpbmUgMCBvZiBhbiBvcmRpbmFyeSB0ZXh0ChsAHzEbAAcfMhsABx8zGwAHHzQbAAcfNRsABx82GwAHHzcbAAcfOBsABx858wAI' +
    'Dw8BCQ8QAQgfMREBCB8xEgEIHzETAQgfMRQBCB8xFQEIHzEWAQgfMRcBCB8xGAEIHzIYAQgfMigCCQ8YAQgfMhgBCB8yGAEIHzIYAQgfMhgBCB8yGAEI' +
    'HzIYAQgfMhgBCB8zGAEIHzMYAQgfM0EDCQ8YAQgfMxgBCB8zGAEIHzMYAQgfMxgBCB8zGAEIHTMYAVB0ZXh0CuHhqH0AAAAAdR2T7A==',
);
export const lz4OldLines: Uint8Array = bytes(
  'AiFMGOMAAADxDGxpbmUgMCBvZiBhbiBvcmRpbmFyeSB0ZXh0ChsAHzEbAAcfMhsABx8zGwAHHzQbAAcfNRsABx82GwAHHzcbAAcfOBsABx858wAIDw8B' +
    'CQ8QAQgfMREBCB8xEgEIHzETAQgfMRQBCB8xFQEIHzEWAQgfMRcBCB8xGAEIHzIYAQgfMigCCQ8YAQgfMhgBCB8yGAEIHzIYAQgfMhgBCB8yGAEIHzIY' +
    'AQgfMhgBCB8zGAEIHzMYAQgfM0EDCQ8YAQgfMxgBCB8zGAEIHzMYAQgfMxgBCB8zGAEIHTMYAVB0ZXh0Cg==',
);
