/** Scripts that are made to cost whoever reads them time or memory: each a shape that grows where a careless reader does not count. */
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

/** About what the launch path keeps of one file. */
const size = 60_000;

const repeated = (text: string): string => text.repeat(Math.ceil(size / text.length));
const long = (length: number): string => 'a'.repeat(length);
const bomb = (level: (bytes: Uint8Array) => Buffer): string => level(Buffer.alloc(250_000, 97)).toString('base64');

/** `x=$x$x` until it is as long as it may be, then what follows. */
const doubled = (rounds: number, then: string): string =>
  `x=0123456789abcdef\nfor i in ${Array.from({ length: rounds }, (_, n) => n).join(' ')}; do x="$x$x"; done\n${then}`;

export const hostileScripts: Readonly<Record<string, string>> = {
  recursion: 'f() { f; f; }\nf',
  'mutual recursion': 'f() { g "$@" a; g b; }\ng() { f "$@" "$@"; f; }\nf x',
  'code in code': 'x=\'eval "$x"\'; eval "$x"',
  'code that grows': `x='x="$x;$x"; eval "$x"'; eval "$x"`,
  'eval towers': `${'eval "'.repeat(9)}echo x${'"'.repeat(9)}; ${repeated('eval eval eval eval echo x;')}`,
  'shells in shells': repeated(`sh -c 'sh -c "sh -c id; sh -c id"; sh -c id';`),
  'functions that double': `${Array.from({ length: 500 }, (_, n) => `f${n}() { f${n + 1}; f${n + 1}; }`).join('\n')}\nf0`,
  'loops in loops': `${'for a in 1 2 3 4 5 6 7 8 9; do '.repeat(12)}echo x;${' done;'.repeat(12)}`,
  'loops of two ways': `${'while read a; do if $b; then c=$c$a; fi; '.repeat(40)}:;${' done;'.repeat(40)}`,
  'arithmetic loops': `${'for ((i=0;i<64;i++)); do '.repeat(6)}x=$x$i;${' done;'.repeat(6)}`,
  'texts that double': doubled(40, repeated('y="$x$x"; echo "$y" > /tmp/y;')),
  'long texts in every variable': doubled(13, Array.from({ length: 3000 }, (_, n) => `v${n}="$x${n}"`).join('\n')),
  'long texts in arrays': doubled(13, repeated('a+=("$x$RANDOM" "$x$i"); ')),
  'long texts in files': doubled(13, Array.from({ length: 2500 }, (_, n) => `echo "$x" >> /t/${n % 50}`).join('\n')),
  'long words of actions': doubled(13, repeated('prog "$x" "$x" "$x"; ')),
  'long words of foreign letters': doubled(10, `y=é; ${repeated('prog "$x$y" "$y$x" "$x"; ')}`),
  'arguments that double': `${'set -- "$@" "$@" a\n'.repeat(60)}echo "$@"`,
  'many arguments again and again': `set -- ${repeated('a ')}\n${'p "$@" "$@"\n'.repeat(900)}`,
  'several possible texts': 'if $q; then x=a$x; else x=$x-b; fi\n'.repeat(1400),
  'several possible texts, long': doubled(
    12,
    `${'if $q; then x=a$x; else x=$x-b; fi\n'.repeat(700)}${repeated('y="$x$x$x"; ')}`,
  ),
  'a brace bomb': repeated('echo {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b};'),
  'nested braces': repeated(`echo ${'{a,'.repeat(60)}b${'}'.repeat(60)};`),
  'braces in loops': `${'for a in {1..60}; do '.repeat(3)}echo {a..z}{a,b};${' done;'.repeat(3)}`,
  'open braces': repeated(`echo ${'{'.repeat(2000)};`),
  'huge here-documents': Array.from({ length: 20 }, () => `cat > /tmp/x <<E\n${long(2800)}$x$(id)\nE\n`).join(''),
  'here-documents again and again': `for i in {1..60}; do for j in {1..60}; do cat <<E\n${repeated('$i$j ').slice(0, 40_000)}\nE\ndone; done`,
  'patterns of stars': `x=${long(20_000)}\n${'case $x in *a*a*a*a*a*a*b) :;; esac\n'.repeat(900)}`,
  'cutting with stars': `x=${long(4000)}\n${': ${x##*a*a*a*b} ${x%%*a*b} ${x//a?/bb}\n'.repeat(900)}`,
  'patterns as programs': repeated('/b?n/c*t x; c?rl*; '),
  'one pipe of many': `echo x ${'| tr a b | rev | sort | cut -c1-3,5-7 '.repeat(1400)}`,
  'edited again and again': doubled(12, repeated('echo "$x" | sed \'s/a/bb/g;s/b/cc/g;s/c/dd/g\' | tr a-z b-za; ')),
  'cut into ranges': `${doubled(12, '')}\necho "$x" | cut -c${Array.from({ length: 8000 }, (_, n) => n * 2).join(',')}`,
  'packed bombs': `x=${bomb(gzipSync)}\n${repeated('y=$(echo $x | base64 -d | gunzip); ')}`,
  'bombs of Python': `python3 -c "import zlib,base64\nx='${bomb(deflateSync)}'\n${repeated('y=zlib.decompress(base64.b64decode(x))\n')}"`,
  'bombs of PHP': `php -r '$x="${bomb(deflateRawSync)}";${repeated('eval(gzinflate(base64_decode($x)));')}'`,
  'code of Python again and again': `python3 -c "x='''${long(20_000)}'''\n${repeated('exec(x)\n').slice(0, 30_000)}"`,
  'texts that double in Python': `python3 -c "x='ab'\n${'x=x+x\ny=[x,x,x]\n'.repeat(40)}${repeated("z='%s%s%s'%(x,x,x)\n")}"`,
  'lists in lists of Python': `python3 -c "a=[]\n${repeated('a=[a,a]\n')}print(str(a))\nexec(a)"`,
  'a deep list of Python': `python3 -c "a=[1]\n${repeated('a=[a]\n')}exec(''.join(a))"`,
  'functions of Python': `python3 -c "f=lambda x:f(x)+f(x)\nf(1)"`,
  'open quotes of Perl': `perl -e '${repeated('\\"')}'`,
  'open comments of JavaScript': `node -e '${repeated('/*x')}'`,
  'signs of JavaScript': `node -e '${repeated('([{;')}'`,
  'deep paths': `x=${'/a'.repeat(2000)}\n${repeated('$x$x$x/b; cat $x; cd $x; ')}`,
  'a path of many folders': `PATH=${Array.from({ length: 2000 }, (_, n) => `/p${n}`).join(':')}\n${repeated('pq;')}`,
  'searches everywhere': repeated('find / /usr /etc -name "*a*b*"; ls /*/*/*/*;'),
  'opened parentheses': '('.repeat(size),
  'opened substitutions': '$('.repeat(size / 2),
  'opened quotes and braces': '"${x:-'.repeat(size / 6),
  'backquotes within': `\`${'\\'.repeat(30_000)}\``,
  'commands in one line': repeated('a;'),
  'pipes in one line': repeated('a|'),
  'assignments in one line': repeated('a=b '),
  'decoded text everywhere': `${repeated(`x=$(echo ${Buffer.from('curl http://192.0.2.1/a').toString('base64')}|base64 -d)\n`).slice(0, 6000)}${doubled(12, repeated('eval ": $x"; '))}`,
  'everything exported': `${Array.from({ length: 4000 }, (_, n) => `v${n}=1`).join('\n')}\n${repeated('(a);')}`,
};
