import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapPatternProblem, pathPatternProblem, rulePatternProblem } from './patterns.ts';

test('rule, gap and path patterns that nothing can fit are told', () => {
  assert.match(rulePatternProblem('yara') ?? '', /yara\/\*\*/);
  assert.match(rulePatternProblem('yara/') ?? '', /part\/what/);
  assert.equal(rulePatternProblem('yara/My_File/*'), undefined);
  assert.equal(rulePatternProblem('**'), undefined);
  assert.match(gapPatternProblem('tar_truncated') ?? '', /upper-case/);
  assert.match(gapPatternProblem('TAR') ?? '', /SUBJECT_PROBLEM/);
  assert.equal(gapPatternProblem('*'), undefined);
  assert.match(pathPatternProblem('/etc/x') ?? '', /write "etc\/x"/);
  assert.match(pathPatternProblem('a/../b') ?? '', /\.\./);
  assert.equal(pathPatternProblem('a/..b/**'), undefined);
});
