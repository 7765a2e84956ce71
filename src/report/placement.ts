/** Where a proof lies, in the same words in every report for people. Everything that the image said is made plain. */
import type { Evidence, Placement } from '../core/finding.ts';
import { toPlainText } from '../core/plain-text.ts';
import { shortDigest } from './amounts.ts';

export const placementOf = (proof: Evidence): Placement =>
  proof.kind === 'file' || proof.kind === 'excerpt' || proof.kind === 'history' ? proof : {};

/** `layer 2 sha256:0123456789ab`, or '' when the proof lies in no layer. */
export const layerWords = (proof: Evidence): string => {
  const { layerIndex, layer } = placementOf(proof);
  const number = layerIndex === undefined ? '' : `layer ${layerIndex}`;
  return [number, layer === undefined ? '' : toPlainText(shortDigest(layer), 200)].filter(Boolean).join(' ');
};

/** The path in the image, or what field of what the proof is about. */
export const subjectWords = (proof: Evidence): string => {
  switch (proof.kind) {
    case 'file':
    case 'excerpt':
      return toPlainText(proof.path);
    case 'config':
      return `image config, ${toPlainText(proof.field)}`;
    case 'history':
      return `build history, ${toPlainText(proof.field)}`;
    default:
      return `${proof.kind}, ${toPlainText(proof.field)}`;
  }
};

/** The excerpt or value that was found; '' for a whole file. */
export const contentWords = (proof: Evidence, maximum = 500): string => {
  switch (proof.kind) {
    case 'file':
      return '';
    case 'excerpt':
      return toPlainText(proof.text, maximum);
    default:
      return toPlainText(proof.value, maximum);
  }
};

/** The same for reading: zero bytes around what was found in a program say nothing, and fill lines. */
export const readableContent = (proof: Evidence, maximum?: number): string => {
  const content = contentWords(proof, maximum);
  return proof.kind === 'excerpt' ? content.replaceAll(/(?:\\x00){3,}/g, '…') : content;
};

/** What the place of a proof adds to its weight, or takes from it; empty for a file like most. */
export const contextWords = (proof: Evidence): readonly string[] => {
  const { launched, unowned, owner, hidden } = placementOf(proof);
  return [
    ...(launched === true ? ['started by the image'] : []),
    ...(unowned === true ? ['no package owns it'] : []),
    ...(hidden === true ? ['hidden layer: a later layer deletes or overwrites it'] : []),
    ...(owner === undefined ? [] : [`delivered by the package ${toPlainText(owner, 100)}`]),
  ];
};

/** Proofs that lie side by side in one place, so that the place is said once. */
export const byPlace = (proofs: readonly Evidence[]): readonly (readonly [Evidence, ...Evidence[]])[] => {
  const groups: [Evidence, ...Evidence[]][] = [];
  for (const proof of proofs) {
    const last = groups.at(-1);
    if (last !== undefined && proof.kind === 'excerpt' && samePlace(last[0], proof)) last.push(proof);
    else groups.push([proof]);
  }
  return groups;
};

const samePlace = (one: Evidence, other: Evidence): boolean =>
  one.kind === other.kind &&
  placementOf(one).createdBy === placementOf(other).createdBy &&
  [subjectWords, layerWords, (proof: Evidence) => contextWords(proof).join()].every(
    (words) => words(one) === words(other),
  );
