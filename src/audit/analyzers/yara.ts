/** YARA rules, ours and any user's, over the content of every file. */
import type { Analyzer, LoadedKnowledge, Observation, RuleLocations } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import { withCompiledRules } from '../rule-engine/compiled-rules.ts';
import { chooseEngine } from '../rule-engine/rule-engine.ts';
import { ruleKey, type RuleFact } from '../rule-engine/rule-facts.ts';
import { loadKnownPack } from '../rule-engine/known-pack.ts';
import type { PackedRule, RulePack } from '../rule-engine/rule-pack.ts';
import { RuleRunner } from '../rule-engine/rule-runner.ts';
import { YaraInspector } from '../rule-engine/yara-inspector.ts';

const load = async (locations: RuleLocations): Promise<LoadedKnowledge> => {
  const { engine } = await chooseEngine();
  const { pack, rejected, digest } = loadKnownPack(locations, engine);
  const count = pack.rules.filter(({ isPrivate }) => !isPrivate).length;
  let compiled: RulePack | undefined;
  const dataToOpen = (): RulePack => (compiled ??= withCompiledRules(pack, engine));
  return { digest, counts: { yara: count }, rejected, data: pack, dataToOpen, gaps: [] };
};

const toFinding = (
  rule: PackedRule,
  fact: RuleFact,
  { path, sha256, size, layerIndex, hidden }: Observation,
): Finding => {
  const [, matches] = fact;
  const [first, ...rest] = matches.map(([offset, length, text]) => ({
    kind: 'excerpt' as const,
    path,
    offset,
    length,
    text,
    sha256,
    layerIndex,
    hidden,
  }));
  const { id, title, severity, confidence, intent, techniques, advice } = rule;
  return {
    rule: id,
    title,
    severity,
    confidence,
    intent,
    techniques,
    advice,
    evidence: first === undefined ? [{ kind: 'file', path, sha256, size, layerIndex, hidden }] : [first, ...rest],
  };
};

export const yara: Analyzer = {
  id: 'yara',
  about: 'matches YARA rules, built-in and added, against the content of every file and archive member',
  version: 1,
  load,
  async open(data) {
    const pack = data as RulePack;
    const { engine } = await chooseEngine(pack.engine);
    return new YaraInspector(new RuleRunner(pack, engine));
  },
  conclude(_, observations, data) {
    const { rules } = data as RulePack;
    const byKey = new Map(rules.map((rule) => [ruleKey(rule), rule]));
    return observations.flatMap((observation) =>
      (observation.facts as unknown as readonly RuleFact[]).flatMap((fact) => {
        const rule = byKey.get(fact[0]);
        return rule === undefined ? [] : [toFinding(rule, fact, observation)];
      }),
    );
  },
};
