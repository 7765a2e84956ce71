/** What stands close together in code and is one deed, where no value can be told: something fetched or decoded, and what runs it. */

/** As far apart as the parts of one deed stand. */
const nearby = 1500;
const after = 300;
/** A few dozen decoys must not hide what comes behind them; each place costs some kilobytes of reading. */
const maximumPlaces = 1000;

/** Something comes in from outside. */
const fetching =
  /\burlopen\s*\(|\burlretrieve\s*\(|\brequests\s*\.\s*(?:get|post|request|Session)\b|\bhttpx\s*\.|\bhttps?['"]?\)?\s*\.\s*(?:get|request)\s*\(|\bfetch\s*\(|\baxios\b|\bgot\s*\(|HTTP::Tiny|\bLWP\b|Net::HTTP|\bURI\.open|\bfile_get_contents\s*\(\s*(?!['"](?:\/|php:|\.)|__DIR__|dirname)|\bcurl_exec\s*\(|\brecv(?:_into)?\s*\(|IO::Socket|\bfsockopen\b|\bstream_socket_client\b|\bTCPSocket\b|\bnet\.(?:connect|createConnection)\b|\bcreate_connection\s*\(/;

/** A text runs as code of the same language, and is no literal. Methods of that name (`model.eval()`, `pattern.exec()`) are other things. */
const runningCode =
  /(?<![.\w>$])(?:exec|eval|assert|create_function)\s*\(\s*(?!['")])|(?<![.\w>$:])(?:instance_|class_)?eval\s+(?:[$@]\w|[A-Za-z_][\w.:]*[ ;.(\n])|\b(?:\w*binding|\w*BINDING|Kernel|builtins|globalThis|window|global)\s*\.\s*(?:eval|exec)\s*\(\s*(?!['")])|\(\s*0\s*,\s*eval\s*\)|\brunIn(?:This|New)?Context\s*\(|\bnew\s+(?:vm\s*\.\s*)?Script\s*\(|(?<![.\w$])(?:new\s+)?Function\s*\(\s*(?!['"`]return this)|\._compile\s*\(/g;

const makingExecutable =
  /\bchmod(?:Sync)?\b|\bS_I(?:XUSR|EXEC|RWXU)\b|\bmemfd_create\b|\bsyscall\s*\(\s*(?:319|279|385)\b|\/proc\/(?:self|\$\$|%d|\{)/;

/** A program starts whose name the code itself made up. */
const startingProgram =
  /(?:\bPopen|\bsubprocess\s*\.\s*(?:run|call|check_call|check_output)|\bos\s*\.\s*(?:system|popen|exec[lv]p?e?|spawn\w*|posix_spawn|startfile)|(?<![.\w>$])(?:spawn|exec|execFile|system|passthru|shell_exec|popen)(?:Sync)?|\bchild_process['"]?\)?\s*\.\s*(?:spawn|exec)\w*)\s*[( ]\s*\[?\s*(?:[fF]?['"`](?:%s|%d|\{|\$\{?\w|\.\/|\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/proc\/self)|[$A-Za-z_][\w$.]*\s*[\],)+])/g;

/** What is run was made by undoing something, in the same breath. */
const undoing =
  /\^|\bfromhex\b|\bunhexlify\b|\b[ab](?:64|32|85)decode\b|\bdecompress\b|\batob\b|\bbase64\b|fromCharCode|\brot_?13\b|\bgzinflate\b|\bunpack\b|\bdecrypt\b|\bFernet\b|\bchr\s*\(|\bmarshal\b/;

const lookFor = (pattern: RegExp, code: string, holds: (around: string, rest: string) => boolean): boolean => {
  let places = 0;
  for (const { index, 0: found } of code.matchAll(pattern)) {
    places += 1;
    if (places > maximumPlaces) return false;
    const end = index + found.length;
    if (holds(code.slice(Math.max(0, index - nearby), end + after), code.slice(index, end + after))) return true;
  }
  return false;
};

/** Code that runs what came from outside: as code, or as a program that it has made executable before. */
export const runsWhatItFetched = (code: string): boolean =>
  lookFor(runningCode, code, (around) => fetching.test(around)) ||
  lookFor(startingProgram, code, (around) => fetching.test(around) && makingExecutable.test(around));

/** Code that decodes a text, in whatever way, and runs it as code. */
export const runsWhatItDecoded = (code: string): boolean =>
  lookFor(runningCode, code, (_, rest) => undoing.test(rest.split('\n', 1)[0] ?? ''));

const receiving = /\b(?:recv(?:_into|from)?|recvuntil|makefile)\s*\(|\.on\(\s*['"]data['"]|\bStreamReader\b|\bgets\b/;
const asCommand =
  /\bshell\s*=\s*True|\bos\s*\.\s*(?:system|popen)\s*\(|\bget(?:status)?output\s*\(|\bexec(?:Sync)?\s*\(|\b(?:shell_exec|passthru|system|popen)\s*\(?\s*[$\w]/;

/** Code that runs, as commands, what somebody writes to it over a connection. */
export const runsWhatItReceived = (code: string): boolean =>
  lookFor(startingProgram, code, (around, rest) => receiving.test(around) && asCommand.test(rest.slice(0, after)));

const address = /\b(?:https?|ftp):\/\/[^\s'"`<>(){}\\]{4,300}/g;

/** Addresses that stand in the text, where no call says which of them is asked. */
export const addressesIn = (code: string): readonly string[] =>
  [...code.slice(0, 65_536).matchAll(address)].slice(0, 8).map(([url]) => url);
