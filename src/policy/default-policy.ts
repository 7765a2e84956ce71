/** The policy in force without `--policy`. rules/policies/default.yaml says the same with comments; a test holds the two together. */
import type { Policy } from './policy.ts';

export const defaultPolicy: Policy = {
  name: 'default',
  // Digest of rules/policies/default.yaml.
  version: 'sha256:6c589bcd0445f1b90165dcb6ac4f95fffe4a384118f5998f0ab04c7522b4da62',
  decisions: { malicious: 'deny', suspicious: 'warn', incomplete: 'deny', clean: 'allow' },
  findings: [
    { intent: ['exposure', 'hygiene'], severity: 'high', assess: 'suspicious' },
    { intent: ['exposure', 'hygiene'], assess: 'clean' },
    { severity: 'critical', confidence: 'medium', assess: 'malicious' },
    {
      intent: ['implant', 'miner', 'tampering', 'impersonation'],
      severity: 'high',
      confidence: 'high',
      assess: 'malicious',
    },
    { severity: 'high', assess: 'suspicious' },
    { intent: ['implant', 'miner', 'tampering', 'impersonation'], severity: 'medium', assess: 'suspicious' },
    { severity: 'info', assess: 'clean' },
  ],
  gaps: [
    { nested: true, kind: 'malformed', action: 'warn' },
    { nested: true, kind: 'unavailable', action: 'warn' },
  ],
  rules: [],
  scopes: [],
  exceptions: [],
};
