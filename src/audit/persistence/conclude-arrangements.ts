/** Facts of start arrangements → findings: what they start, where from, and what else they change for every program. */
import type { Evidence, Finding } from '../../core/finding.ts';
import type { ImageView } from './image-view.ts';
import type { DeedFact, Fact } from './inspect-file.ts';
import { isOddProgramPlace, toImagePath } from './odd-place.ts';
import { placeNames, type Place } from './place.ts';
import { excerptOf, fileOf, stateFinding, type Seen } from './statement.ts';

/** Places whose lines name a program and nothing else: what they name is what runs. */
const certain: readonly Place[] = [
  'system-crontab',
  'user-crontab',
  'anacrontab',
  'unit',
  'inittab',
  'udev',
  'at-job',
  'apt-hook',
  'dpkg-hook',
  'package-hook',
  'binfmt',
];

const deedFinding = (place: Place, seen: Seen, fact: DeedFact, view: ImageView): Finding => {
  const program = fact.what.startsWith('/') ? view.find(fact.what) : undefined;
  const evidence: readonly [Evidence, ...Evidence[]] = [
    excerptOf(seen, fact.offset, fact.text === '' ? fact.what : fact.text),
    ...(program === undefined ? [] : [fileOf(program)]),
  ];
  const isHidden = fact.deed === 'hidden-program';
  // Scripts test for files of all kinds before they read them: only what the image holds, or a line that must run it, is certain.
  const sure = isHidden && (program !== undefined || certain.includes(place));
  return stateFinding(fact.deed, evidence, {
    who: placeNames[place],
    ...(sure ? { confidence: 'high' } : {}),
    ...(isHidden && !sure ? { severity: 'medium' } : {}),
  });
};

/** `fact` in words that a report may show. */
const proof = (seen: Seen, offset: number, text: string): readonly [Evidence] => [excerptOf(seen, offset, text)];

export const concludeArrangement = (place: Place, seen: Seen, fact: Fact, view: ImageView): readonly Finding[] => {
  switch (fact.is) {
    case 'deed':
      return [deedFinding(place, seen, fact, view)];
    case 'starts': {
      const program = view.find(fact.program);
      if (program === undefined) return [];
      const id = place === 'unit' || place === 'inittab' ? 'service-program' : 'scheduled-program';
      return [stateFinding(id, [excerptOf(seen, fact.offset, fact.text), fileOf(program)])];
    }
    case 'at-job':
      return [stateFinding('at-job', proof(seen, 0, ''))];
    case 'limit':
      return [stateFinding(fact.what === 'size' ? 'too-large-to-read' : 'not-followed', [fileOf(seen)])];
    case 'injection':
      return [stateFinding('variable-runs-code', proof(seen, fact.offset, `${fact.name}=…${fact.value}`))];
    case 'library-folder':
      return [stateFinding('library-folder', proof(seen, fact.offset, fact.folder))];
    case 'format':
      return [stateFinding('program-format', proof(seen, fact.offset, fact.interpreter))];
    case 'host': {
      const id = fact.nowhere ? 'blackholed-host' : 'redirected-host';
      return [stateFinding(id, proof(seen, fact.offset, `${fact.address} ${fact.name}`))];
    }
    case 'module-recipe':
      return [stateFinding('kernel-module-recipe', proof(seen, fact.offset, 'obj-m'))];
    case 'kernel-module': {
      const id = isOddProgramPlace(toImagePath(seen.path)) ? 'hidden-kernel-module' : 'stray-kernel-module';
      return [stateFinding(id, [fileOf(seen)])];
    }
    default:
      return [];
  }
};
