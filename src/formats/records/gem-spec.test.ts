import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describeRecord, faultOf, parsed } from '../../../test/contracts/record.contract.ts';
import { parseGemSpec } from './gem-spec.ts';

const path = 'usr/lib/ruby/gems/3.2.0/specifications/tool-1.2.3-x86_64-linux.gemspec';

const spec = `# -*- encoding: utf-8 -*-
# stub: tool 1.2.3 x86_64-linux lib\0ext
# stub: ext/tool/extconf.rb\0ext/other/extconf.rb

Gem::Specification.new do |s|
  s.name = "tool".freeze
  s.version = "1.2.3"
  s.platform = "x86_64-linux".freeze

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.metadata = { "source_code_uri" => "https://git.example/tool" } if s.respond_to? :metadata=
  s.require_paths = ["lib".freeze, "ext".freeze]
  s.authors = ["Some \\"Body\\"".freeze, 'An\\'other']
  s.description = "Text with\\n  s.name = \\"not this\\"\\n".freeze
  s.extensions = ["ext/tool/extconf.rb".freeze]
  s.files = ["lib/tool.rb".freeze, "ext/tool/extconf.rb".freeze]
  s.licenses = ["MIT".freeze]
  s.installed_by_version = "3.4.10".freeze if s.respond_to? :installed_by_version
end
`;

const parse = (text: string, file = path) =>
  parsed((budget, remark) => parseGemSpec(file, Buffer.from(text), budget, remark));

test('reads what RubyGems writes at installation', () => {
  const { value, codes } = parse(spec);
  assert.deepEqual(
    [value, codes],
    [
      {
        ecosystem: 'gem',
        name: 'tool',
        version: '1.2.3',
        purl: 'pkg:gem/tool@1.2.3?platform=x86_64-linux',
        vendor: 'Some "Body", An\'other',
        license: 'MIT',
        platform: 'x86_64-linux',
        extensions: ['ext/tool/extconf.rb', 'ext/other/extconf.rb'],
        listed: ['lib/tool.rb', 'ext/tool/extconf.rb'],
      },
      [],
    ],
  );
});

test('reads plain assignments of hand-written specifications', () => {
  const { value, codes } = parse(
    "Gem::Specification.new do |spec|\n  spec.name    = 'json' # the name\n  spec.version = Gem::Version.new('2.7.1')\n  spec.platform = Gem::Platform::RUBY\nend\n",
    'json.gemspec',
  );
  assert.deepEqual([value.name, value.version, value.purl, codes], ['json', '2.7.1', 'pkg:gem/json@2.7.1', []]);
});

for (const [what, line] of [
  ['a constant', 's.name = NAME'],
  ['an interpolation', 's.name = "a#{x}"'],
  ['a call behind the text', 's.name = "tool".upcase'],
  ['text put together', 's.name = "to" + "ol"'],
  ['a condition', 's.name = "tool" if true'],
] as const)
  test(`${what} is not run: a gap, and the file’s name counts`, () => {
    const { value, codes } = parse(`Gem::Specification.new do |s|\n  ${line}\n  s.version = "1.2.3"\nend\n`);
    assert.deepEqual([value.name, value.version, codes], ['tool', '1.2.3', ['gap GEM_SPEC_UNREADABLE']]);
  });

test('a list that Ruby computes is a gap', () => {
  const { value, codes } = parse('s.name = "a"\ns.version = "1"\ns.files = Dir["lib/**/*"]\n');
  assert.deepEqual([value.listed, codes], [[], ['gap GEM_SPEC_UNREADABLE']]);
});

test('a stub that disagrees, and a name set twice, are remarked on', () => {
  const lying = parse(spec.replace('# stub: tool', '# stub: other'));
  assert.deepEqual([lying.value.name, lying.codes], ['other', ['ambiguity GEM_SPEC_AMBIGUOUS']]);
  const twice = parse('s.name = "a"\ns.name = "b"\ns.version = "1"\n');
  assert.deepEqual([twice.value.name, twice.codes], ['a', ['ambiguity GEM_SPEC_AMBIGUOUS']]);
});

test('what names no gem is a Fault', () => {
  assert.equal(
    faultOf(() => parse('puts 1\n', 'x.gemspec')),
    'GEM_SPEC_INVALID',
  );
});

test('long and unfinished literals cost their length', { timeout: 10_000 }, () => {
  for (const part of ['\\"', '"', "'", '["a",', 's.name = "', '#', '%q{', ' '])
    faultOf(() => parse(`s.files = [${part.repeat(100_000)}`));
});

describeRecord({
  name: 'gem specification',
  samples: { spec: Buffer.from(spec) },
  parse: (bytes, budget, remark) => parseGemSpec(path, bytes, budget, remark),
});
