/** Packed data that no part of Node can make: small literals, made with bzip2 1.0 and xz 5.4 from the texts beside them. */

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
