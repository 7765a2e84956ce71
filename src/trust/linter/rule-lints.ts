/** Lints of rules: counts that cannot be, rules that are never reached, rules that let everything in. */
import { isReferenceMatch } from '../../core/reference-pattern.ts';
import type { VerifierId } from '../../core/trust.ts';
import type { DocumentPath } from '../../formats/written-document.ts';
import type { DraftRule, DraftSigner, TrustDraft } from '../trust-file/trust-draft.ts';
import type { LintHit, TrustLint } from './lint.ts';
import { isCovered, untagged } from './pattern-cover.ts';
import { signersOf } from './signers-of.ts';

const at = (path: DocumentPath, message: string): LintHit => ({ path, message });

const asking = ({ rules }: TrustDraft): readonly DraftRule[] => rules.filter(({ ask }) => ask === 'signatures');

const repeated = <Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Item[] =>
  items.filter((item, index) => items.findIndex((other) => nameOf(other) === nameOf(item)) < index);

/** Patterns of any registry, or of everything in one: a stranger's repository there fits, however the pattern is written. */
const isWide = (pattern: string): boolean => {
  const host = /^docker:\/\/([^/]+)\//.exec(pattern)?.[1]?.replaceAll(/[*?]+/g, 'any');
  return /^(?:docker:(?:\/\/)?)?\*\*$/.test(pattern) || isReferenceMatch([pattern], `docker://${host}/stranger/any`);
};

/** By what a signer is known: two signers that share one of these may be one person, in whichever worlds they sign. */
const marksOf = ({ signer: { trust } }: DraftSigner): readonly string[] => {
  switch (trust.verifier) {
    case 'cosign':
      return [
        ...(trust.keys ?? []),
        ...(trust.identities ?? []).flatMap(({ subject, issuer }) =>
          'exact' in subject && 'exact' in issuer ? [JSON.stringify([subject.exact, issuer.exact])] : [],
        ),
      ];
    case 'verdict':
      return trust.keys;
    case 'gpg':
      return trust.keyrings.map((bytes) => Buffer.from(bytes).toString('base64'));
    default:
      return [];
  }
};

const sharedMark = (rule: DraftRule, index: number): DraftSigner | undefined => {
  const signer = rule.signers[index];
  if (signer === undefined) return undefined;
  const marks = marksOf(signer);
  return rule.signers.slice(0, index).find((other) => marksOf(other).some((mark) => marks.includes(mark)));
};

/** Where neither a log nor a time-stamping authority says when somebody signed. */
const untimedWorlds: readonly VerifierId[] = ['docker-content-trust', 'gpg', 'verdict'];

export const ruleLints: readonly TrustLint[] = [
  {
    code: 'TRUST_NOBODY',
    severity: 'fatal',
    about: 'rules that ask for signatures of nobody',
    find: (draft) =>
      asking(draft)
        .filter(({ signers }) => signers.length === 0)
        .map(({ path }) =>
          at(
            [...path, 'signers'],
            'the list is empty: name signers, or write then: unverified (nobody is asked) or then: refuse',
          ),
        ),
  },
  {
    code: 'TRUST_THRESHOLD',
    severity: 'fatal',
    about: 'a number of signers below one, or above those that are there',
    find: (draft) =>
      asking(draft)
        .filter(({ signers, require }) => signers.length > 0 && (require < 1 || require > signers.length))
        .map(({ path, require, signers }) =>
          at(
            [...path, 'require'],
            require < 1
              ? `${require} signers would trust what nobody signed: write then: unverified instead of signers where nobody is asked`
              : `${require} of ${signers.length} can never sign: write all, or a number from 1 to ${signers.length}`,
          ),
        ),
  },
  {
    code: 'TRUST_NAME_TWICE',
    severity: 'fatal',
    about: 'names that two rules, or two signers of one rule, have',
    find: ({ rules }) => [
      ...repeated(rules, ({ name }) => name).map(({ path, name }) =>
        at([...path, 'name'], `another rule is called "${name}": an answer would not say which of them asked`),
      ),
      ...rules.flatMap(({ signers, path }) =>
        repeated(signers, ({ signer }) => signer.name).map(({ signer }) =>
          at(
            [...path, 'signers'],
            `two signers of this rule are called "${signer.name}": give one of them another name`,
          ),
        ),
      ),
    ],
  },
  {
    code: 'TRUST_SAME_SIGNER',
    severity: 'error',
    about: 'two signers of a rule that are known by the same key, where both are to sign',
    find: (draft) =>
      asking(draft)
        // Requirements of a containers policy are conditions, which one key may meet together.
        .filter(({ require }) => require > 1 && draft.kind !== 'containers-policy')
        .flatMap((rule) =>
          rule.signers.flatMap((signer, index) => {
            const other = sharedMark(rule, index);
            return other === undefined
              ? []
              : [
                  at(
                    signer.path,
                    `it is known by the same key or identity as "${other.signer.name}", and counts only once: give each signer keys of its own`,
                  ),
                ];
          }),
        ),
  },
  {
    code: 'TRUST_RULE_UNREACHABLE',
    severity: 'error',
    about: 'patterns that rules before them fit altogether, so that they never decide',
    find: ({ rules }) =>
      rules.flatMap((rule, index) =>
        rule.match.flatMap((pattern, place) => {
          const earlier = rules.slice(0, index).find(({ match }) => match.some((other) => isCovered(other, pattern)));
          return earlier === undefined
            ? []
            : [
                at(
                  rule.match.length === 1 ? [...rule.path, 'match'] : [...rule.path, 'match', place],
                  `the rule "${earlier.name}" comes first and fits all of this, so this never decides: put the narrower rule first`,
                ),
              ];
        }),
      ),
  },
  {
    code: 'TRUST_TAG_ONLY',
    severity: 'warning',
    about: 'rules for a tag where the same image by its digest is asked less',
    find: ({ rules, otherwise }) =>
      rules.flatMap((rule) =>
        rule.ask === 'nothing' || otherwise === 'refuse'
          ? []
          : rule.match.flatMap((pattern) => {
              const whole = untagged(pattern);
              if (whole === undefined) return [];
              const isHeld = rules.some(
                ({ ask, match }) => ask !== 'nothing' && match.some((other) => isCovered(other, whole)),
              );
              return isHeld
                ? []
                : [
                    at(
                      [...rule.path, 'match'],
                      `whoever names the image by its digest, or by another tag, is asked for no signature: add ${whole} behind it, or default: refuse`,
                    ),
                  ];
            }),
      ),
  },
  {
    code: 'TRUST_ACCEPTS_ANYTHING',
    severity: 'error',
    about: 'rules that let a whole registry, or everything, go without signatures',
    find: ({ kind, rules }) =>
      kind !== 'tidewaiter'
        ? []
        : rules
            .filter(({ ask, match }) => ask === 'nothing' && match.some(isWide))
            .map(({ path }) =>
              at(
                [...path, 'then'],
                'nobody is asked to have signed anything of a whole registry: name the repositories that go without, and let default: say the rest',
              ),
            ),
  },
  {
    code: 'TRUST_UNTIL_PAST',
    severity: 'warning',
    about: 'signers whose time is over',
    find: (draft, { now }) =>
      signersOf(draft)
        .filter(({ signer: { until } }) => until !== undefined && Date.parse(until) < now.getTime())
        .map(({ path, signer: { until, name } }) =>
          at(
            [...path, 'until'],
            `new signatures by "${name}" have not counted since ${until?.slice(0, 10)}: name who signs now, or take the signer out when nothing signed by it is used any more`,
          ),
        ),
  },
  {
    code: 'TRUST_NEVER_TIMED',
    severity: 'fatal',
    about: 'dates for a world whose signatures prove no time, so that none would count',
    find: (draft) =>
      signersOf(draft)
        .filter(
          ({ signer: { trust, since, until, untimed } }) =>
            untimed === 'refuse' && (since ?? until) !== undefined && untimedWorlds.includes(trust.verifier),
        )
        .map(({ path, signer: { trust, since } }) =>
          at(
            [...path, since === undefined ? 'until' : 'since'],
            `signatures of the world ${trust.verifier} prove no time, so with dates none counts: leave since and until out (or write untimed: accept, and then the dates hold nobody off)`,
          ),
        ),
  },
  {
    code: 'TRUST_UNTIMED',
    severity: 'warning',
    about: 'dates that a signer can evade, because signatures that prove no time count too',
    find: (draft) =>
      signersOf(draft)
        .filter(({ signer: { untimed, until } }) => untimed === 'accept' && until !== undefined)
        .map(({ path }) =>
          at(
            [...path, 'untimed'],
            'whoever has the key can sign without a proven time, so until holds nobody off: leave untimed out, and sign with a log or a time stamp',
          ),
        ),
  },
  {
    code: 'TRUST_SIGNER_UNUSED',
    severity: 'warning',
    about: 'signers at the top of the file that no rule names',
    find: ({ unused }) =>
      unused.map(({ path, signer: { name } }) =>
        at(path, `no rule names "${name}": name it under signers of a rule, or take it out`),
      ),
  },
];
