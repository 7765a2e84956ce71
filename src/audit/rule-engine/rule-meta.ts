/** A rule's meta and tags → what a report says about it, for our own rules and for those of strangers. */
import type { Confidence, Intent, Severity } from '../../core/finding.ts';
import { severities } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { SourceRule } from './yara-source.ts';

export interface RuleStatement {
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly intent: Intent;
  readonly techniques: readonly string[];
  readonly advice: string;
}

const intents: readonly Intent[] = [
  'implant',
  'miner',
  'dual-use',
  'exposure',
  'impersonation',
  'tampering',
  'hygiene',
];

/** Words of tags and meta, as rule writers use them, in the order in which they decide. */
const intentWords: readonly (readonly [RegExp, Intent])[] = [
  [/\b(?:coin|crypto)?_?-?miner\b|\bcoinminer\b|\bcryptojack/i, 'miner'],
  [/\b(?:webshell|backdoor|rootkit|trojan|implant|ransom\w*|stealer|rat|c2|malware)\b/i, 'implant'],
  [/\b(?:hacktool|hktl|tool|dual.?use|pua|pup|riskware|capability)\b/i, 'dual-use'],
  [/\b(?:secrets?|credentials?|private.?key|api.?key)\b/i, 'exposure'],
];

const text = (rule: SourceRule, name: string): string | undefined => {
  const value = rule.meta.get(name);
  return value === undefined || value === '' ? undefined : String(value);
};

/** Without `severity` the `score` of LOKI and THOR decides: from 80 high, from 60 medium, else low. Without either: medium. */
const severityOf = (rule: SourceRule): Severity => {
  const word = text(rule, 'severity')?.toLowerCase();
  const known = severities.find((severity) => severity === word || (word === 'informational' && severity === 'info'));
  if (known !== undefined) return known;
  const score = Number(text(rule, 'score') ?? Number.NaN);
  if (Number.isNaN(score)) return 'medium';
  return score >= 80 ? 'high' : score >= 60 ? 'medium' : 'low';
};

const intentOf = (rule: SourceRule): Intent => {
  const stated = text(rule, 'intent')?.toLowerCase();
  const known = intents.find((intent) => intent === stated);
  if (known !== undefined) return known;
  const words = [...rule.tags, text(rule, 'category'), text(rule, 'malware_type'), text(rule, 'type'), rule.name]
    .join(' ')
    .replaceAll('_', ' ');
  return intentWords.find(([pattern]) => pattern.test(words))?.[1] ?? 'implant';
};

const techniquePattern = /\bT\d{4}(?:\.\d{3})?\b/g;

/**
 * Meta of ours: description, severity, confidence, intent, techniques, advice. A stranger's rule that has none of them is a medium
 * finding with medium confidence and the intent that its tags, category or name suggest, `implant` when they suggest none.
 */
export const stateRule = (rule: SourceRule): RuleStatement => {
  const confidence = text(rule, 'confidence')?.toLowerCase();
  const techniques = ['techniques', 'mitre_att', 'mitre_attack', 'attack', 'technique', 'tactic']
    .map((name) => text(rule, name) ?? '')
    .join(' ');
  return {
    title: toPlainText(text(rule, 'description') ?? `matches the rule ${rule.name}`, 300),
    severity: severityOf(rule),
    confidence: confidence === 'low' || confidence === 'high' ? confidence : 'medium',
    intent: intentOf(rule),
    techniques: [...new Set(techniques.match(techniquePattern) ?? [])],
    advice: toPlainText(
      text(rule, 'advice') ??
        `Look at the file and at what the rule's author says about it${text(rule, 'reference') === undefined ? '' : `: ${text(rule, 'reference')}`}.`,
      500,
    ),
  };
};
