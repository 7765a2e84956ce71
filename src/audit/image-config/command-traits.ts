/** What a command line in an image's config shows by itself. Patterns are bounded, so that a hostile config costs no more than its length. */
import type { Confidence, Intent, Severity } from '../../core/finding.ts';

export interface CommandTrait {
  /** Second half of the rule id. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly intent: Intent;
  readonly techniques: readonly string[];
  readonly advice: string;
  /** Any one of them is enough. */
  readonly patterns: readonly RegExp[];
}

const interpreter = String.raw`(?:/(?:usr/)?(?:local/)?s?bin/)?(?:ba|da|z|a|k)?sh|python[23]?|perl|node|php|ruby`;
const fetcher = String.raw`\b(?:curl|wget|fetch|aria2c)\b`;

export const fetchAndRun: CommandTrait = {
  id: 'fetch-and-run',
  title: 'The start command downloads a program and runs it',
  severity: 'high',
  confidence: 'high',
  intent: 'implant',
  techniques: ['T1204.003', 'T1105', 'T1059.004'],
  advice:
    'What runs is not in the image and can change at any time. Ask the publisher for an image that carries its programs, and block the address.',
  patterns: [
    // curl … | sh, wget -O- … | sudo bash
    new RegExp(String.raw`${fetcher}[^|\n]{0,400}\|\s{0,8}(?:sudo\s{1,8})?(?:env\s{1,8})?(?:${interpreter})\b`, 'i'),
    // sh -c "$(curl …)", eval `wget …`, bash <(curl …)
    new RegExp(String.raw`(?:\$\(|${'`'}|<\(|\beval\b[^\n]{0,40})\s{0,8}${fetcher}`, 'i'),
    // wget … && chmod +x x && ./x
    new RegExp(String.raw`${fetcher}[^\n]{0,400}\bchmod\s{1,8}(?:[0-7]{3,4}|[ugoa]{0,4}\+[rwx]{0,3}x)\b`, 'i'),
    // An interpreter that executes what it was sent.
    // Windows: what was downloaded is evaluated, or stored and started.
    /\b(?:iex|Invoke-Expression)\b[^\n]{0,200}(?:DownloadString|Invoke-WebRequest|Invoke-RestMethod|\biwr\b|\birm\b)/i,
    /(?:DownloadString|Invoke-WebRequest|Invoke-RestMethod|\biwr\b|\birm\b)[^\n]{0,300}\|\s{0,8}(?:iex|Invoke-Expression)\b/i,
    /(?:DownloadFile|Start-BitsTransfer|certutil\b[^\n]{0,40}-urlcache|bitsadmin\b[^\n]{0,40}\/transfer|-OutFile)[^\n]{0,400}(?:Start-Process|\bstart\s|&\s{0,4}["']?\$|Invoke-Item|\.exe["']?\s{0,8}(?:$|[;&-]))/i,
    /\bexec\s{0,8}\([^\n]{0,200}\b(?:urlopen|requests\.get|urlretrieve)\b/i,
    /\b(?:urlopen|requests\.get)\b[^\n]{0,300}\bexec\s{0,8}\(/i,
  ],
};

export const decodeAndRun: CommandTrait = {
  id: 'decode-and-run',
  title: 'The start command decodes a hidden program and runs it',
  severity: 'high',
  confidence: 'high',
  intent: 'implant',
  techniques: ['T1204.003', 'T1027', 'T1140'],
  advice: 'Decode it (do not run it) and read what it does. Honest images do not hide what they start.',
  patterns: [
    new RegExp(
      String.raw`\bbase(?:64|32)\s{1,8}(?:-d|-D|--decode|-di)\b[^|\n]{0,200}\|\s{0,8}(?:\w{1,12}\s{1,8})?(?:${interpreter})\b`,
      'i',
    ),
    new RegExp(
      String.raw`\bopenssl\s{1,8}(?:base64|enc)\b[^|\n]{0,200}\s-d\b[^|\n]{0,200}\|\s{0,8}(?:${interpreter})\b`,
      'i',
    ),
    new RegExp(String.raw`\bxxd\s{1,8}-r[^|\n]{0,80}\|\s{0,8}(?:${interpreter})\b`, 'i'),
    // Not `A=$(… | base64 -d)`: settings are handed over like that.
    /\beval\b[^\n]{0,300}\bbase(?:64|32)\s{1,8}(?:-d|-D|--decode)\b/i,
    /(?:^|[;&|({]|\b(?:then|do|else|exec|sh\s{1,8}-\w{0,3}c))\s{0,8}["']?\$\([^\n]{0,300}\bbase(?:64|32)\s{1,8}(?:-d|-D|--decode)\b/i,
    /\bexec\s{0,8}\([^\n]{0,200}\b(?:b64decode|a85decode|decompress|fromhex)\b/i,
    /\beval\s{0,8}\(\s{0,8}(?:base64_decode|gzinflate|atob|Buffer\.from)\b/i,
  ],
};

export const reverseShell: CommandTrait = {
  id: 'reverse-shell',
  title: 'The start command gives a shell to somebody elsewhere',
  severity: 'critical',
  confidence: 'high',
  intent: 'implant',
  techniques: ['T1204.003', 'T1059.004', 'T1071'],
  advice:
    'Do not run it. Where it ran, whoever is at the address in it had a shell: isolate the host and change what the container could read.',
  patterns: [
    /\/dev\/(?:tcp|udp)\/[^\s/]{1,253}\/\d{1,5}/,
    /\b(?:nc|ncat|netcat)\b[^\n]{0,200}\s(?:-\w{0,4}[ec]\w{0,4}|--exec|--sh-exec)\s{1,8}\S{0,40}(?:sh|cmd(?:\.exe)?)\b/i,
    /\bsocat\b[^\n]{0,300}\bexec:[^\n]{0,80}(?:sh|bash)\b/i,
    /\bsocket\b[^\n]{0,400}\bdup2\b[^\n]{0,300}\b(?:sh|bash|pty)\b/i,
    /\bmkfifo\b[^\n]{0,300}\|\s{0,8}(?:nc|ncat|netcat|openssl)\b/i,
  ],
};

export const minerArguments: CommandTrait = {
  id: 'miner-arguments',
  title: 'The start command runs a coin miner',
  severity: 'high',
  confidence: 'high',
  intent: 'miner',
  techniques: ['T1204.003', 'T1496.001'],
  advice: 'Unless mining is what you want, do not run it; block the pool in its arguments.',
  patterns: [
    /\bstratum(?:1|2)?\+(?:tcp|ssl|tls|udp|ssh)s?:\/\//i,
    /--(?:donate-level|randomx-(?:mode|init|wrmsr)|cpu-max-threads-hint|coin=(?:monero|ravencoin|kaspa)|nicehash)\b/i,
    /(?:^|\s)(?:-o|--url|-a|--algo)[\s=][^\n]{0,300}\s(?:-u|--user|--wallet)[\s=]{1,4}(?:4|8)[1-9A-HJ-NP-Za-km-z]{94}\b/,
  ],
};

/** PowerShell takes a command as base64 of UTF-16 (about_PowerShell.exe, -EncodedCommand); every abbreviation of the option counts. */
const encodedCommand =
  /\b(?:powershell|pwsh)(?:\.exe)?\b[^\n]{0,300}?\s[-/]e(?:c|n\w{0,13})?\s{1,8}["']?([A-Za-z0-9+/=]{16,20000})/i;

/** A command, and behind it what it hides from whoever reads it. */
export const unfolded = (command: string): string => {
  const encoded = encodedCommand.exec(command)?.[1];
  return encoded === undefined ? command : `${command}\n${Buffer.from(encoded, 'base64').toString('utf16le')}`;
};

/** What a start command must not show. */
export const startTraits: readonly CommandTrait[] = [fetchAndRun, decodeAndRun, reverseShell, minerArguments];

/** The first trait pattern that fits, as an excerpt around it. */
export const matchTrait = (trait: CommandTrait, command: string): string | undefined => {
  for (const pattern of trait.patterns) {
    const match = pattern.exec(command);
    if (match !== null) return command.slice(Math.max(0, match.index - 40), match.index + match[0].length + 80);
  }
  return undefined;
};
