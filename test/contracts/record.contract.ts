/**
 * What every reader of a record promises, whatever bytes it is given: it ends, in a plain value or a Fault, within its budget;
 * what it says about bad input is bounded too; and it gives the same for the same bytes.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Budget } from '../../src/core/budget.ts';
import { isFault } from '../../src/core/fault.ts';
import type { Remark } from '../../src/core/remark.ts';
import type { OnRemark } from '../../src/formats/wrapper.ts';
import { contractLimits, mutate } from './format.contract.ts';

export interface RecordSubject {
  readonly name: string;
  /** Good records: each is cut at every length (of many bytes: at some thousand lengths). */
  readonly samples: Readonly<Record<string, Uint8Array>>;
  parse(bytes: Uint8Array, budget: Budget, remark: OnRemark): unknown;
  /** Mutated inputs for each sample. */
  readonly mutations?: number;
  /** Remarks that one record may cause. */
  readonly maximumRemarks?: number;
  /** Remarks that good samples cause, by code. None when absent. */
  readonly expectedCodes?: readonly string[];
}

const plain = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    member instanceof Map
      ? [...(member as Map<unknown, unknown>)]
      : member instanceof Set
        ? [...(member as Set<unknown>)]
        : typeof member === 'bigint'
          ? String(member)
          : member,
  ) ?? 'undefined';

export interface RecordOutcome {
  /** 'value', or the code of the Fault. */
  readonly end: string;
  readonly text: string;
  readonly remarks: readonly Remark[];
}

/** Runs the reader once. Anything thrown but a Fault is a bug and fails the test. */
export const runRecord = (subject: RecordSubject, bytes: Uint8Array): RecordOutcome => {
  const remarks: Remark[] = [];
  try {
    const value = subject.parse(bytes, new Budget(contractLimits), (remark) => {
      assert.match(remark.code, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
      assert.ok(remark.reason.length > 0 && remark.reason.length < 2000, remark.code);
      remarks.push(remark);
    });
    return { end: 'value', text: plain(value), remarks };
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    assert.notEqual(thrown.kind, 'misuse', 'bytes are never misuse');
    assert.match(thrown.code, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
    return { end: thrown.code, text: '', remarks };
  }
};

const lengths = (size: number): readonly number[] => {
  const step = Math.max(1, Math.floor(size / 3000));
  return Array.from({ length: Math.ceil(size / step) }, (_, position) => position * step);
};

export const describeRecord = (subject: RecordSubject): void => {
  const { samples, mutations = 600, maximumRemarks = 60, expectedCodes = [] } = subject;
  describe(`${subject.name} keeps the contract of records`, { timeout: 60_000 }, () => {
    test('good records are read without a remark', () => {
      for (const [name, bytes] of Object.entries(samples)) {
        const outcome = runRecord(subject, bytes);
        assert.deepEqual(
          [outcome.end, outcome.remarks.filter(({ code }) => !expectedCodes.includes(code))],
          ['value', []],
          name,
        );
      }
    });

    test('cut at every length they end in a value or a Fault', () => {
      for (const [name, bytes] of Object.entries(samples))
        for (const length of lengths(bytes.length)) {
          const { remarks } = runRecord(subject, bytes.subarray(0, length));
          assert.ok(remarks.length <= maximumRemarks, `${name} cut at ${length}: ${remarks.length} remarks`);
        }
    });

    test('mutated they end in a value or a Fault, the same every time', () => {
      for (const [name, bytes] of Object.entries(samples))
        for (let seed = 0; seed < mutations; seed += 1) {
          const mutant = mutate(bytes, seed);
          const outcome = runRecord(subject, mutant);
          assert.ok(outcome.remarks.length <= maximumRemarks, `${name}, mutation ${seed}`);
          if (seed % 20 === 0) assert.deepEqual(runRecord(subject, mutant), outcome, `${name}, mutation ${seed}`);
        }
    });
  });
};

/** For cases: the value with the codes of its remarks, each with its kind. */
export const parsed = <Value>(
  parse: (budget: Budget, remark: OnRemark) => Value,
): { readonly value: Value; readonly codes: readonly string[]; readonly remarks: readonly Remark[] } => {
  const remarks: Remark[] = [];
  const value = parse(new Budget(contractLimits, 'test'), (remark) => remarks.push(remark));
  return { value, codes: remarks.map(({ kind, code }) => `${kind} ${code}`), remarks };
};

/** The code of the Fault that it ends in. */
export const faultOf = (run: () => unknown): string => {
  try {
    run();
  } catch (thrown) {
    if (isFault(thrown)) return thrown.code;
    throw thrown;
  }
  return 'none';
};
