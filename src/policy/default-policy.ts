/** The policy in force without `--policy`. rules/policies/default.yaml says the same with comments; a test holds the two together. */
import type { Policy } from './policy.ts';

export const defaultPolicy: Policy = {
  name: 'default',
  // Digest of rules/policies/default.yaml.
  version: 'sha256:08d602ae9190a343573d2a7ea4e613ad5d128c976c84e84b0ce63ab4fbb14c61',
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
  gaps: [],
  rules: [],
  scopes: [],
  exceptions: [],
};
