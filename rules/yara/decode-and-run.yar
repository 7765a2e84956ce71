// Code that is unpacked from an encoded text and run at once, so that nobody reads it (T1027, T1140).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule base64_to_shell {
  meta:
    description = "An encoded text is decoded and piped into a shell"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1140,T1059.004"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /(echo|printf)( -n| -e| -ne| %s)? ?["']?[A-Za-z0-9+\/=]{24,}["']? ?\| ?(base64 (-d|-D|--decode|-di)|ope[n]ssl (enc )?(-?base64|-a) -d[^\n|]{0,20}|b64decode)[^\n|]{0,30}\| ?(gunzip ?(-c)? ?\| ?|gzip -dc? ?\| ?|zcat ?\| ?|xz -dc? ?\| ?|bunzip2 ?\| ?)?(sudo |nohup )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh\b/
    $b = /ba[s]e64 (-d|-D|--decode|-di) ?<<<? ?["']?[A-Za-z0-9+\/=$\{]{1,}[^\n|]{0,2000}\| ?(gunzip ?\| ?|zcat ?\| ?)?(sudo )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh\b/
  condition:
    filesize < 20MB and any of them
}

rule base64_in_substitution {
  meta:
    description = "A shell evaluates the decoded form of an encoded text"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1140,T1059.004"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /\b(eval|(ba|da|z|a)?sh -c|exec|source|\.) ["']?(\$\(|`|<\() ?(echo|printf)( -n| -e| %s)? ?["']?[A-Za-z0-9+\/=$\{]{4,}["'}]{0,2} ?\| ?(base64 (-d|-D|--decode|-di)|ope[n]ssl (enc )?(-?base64|-a) -d)/
    $b = /\b(eval|(ba|da|z|a)?sh -c) ["']?(\$\(|`) ?ba[s]e64 (-d|-D|--decode|-di) ?<<</
  condition:
    filesize < 20MB and any of them
}

rule base64_variable_to_shell {
  meta:
    description = "A script decodes one of its variables or a fetched file and pipes it into an interpreter"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1140,T1059.004"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /(echo|pri[n]tf)( -n| -e| %s)? ?["']?\$\{?[A-Za-z_][A-Za-z0-9_]{0,40}\}?["']? ?\| ?(base64 (-d|-D|--decode|-di))[^\n|]{0,20}\| ?(gunzip ?\| ?|zcat ?\| ?)?(\/bin\/|\/usr\/bin\/)?((ba|da|z|a|k)?sh|python[23]?|perl|node|php)\b/
    $b = /(curl|wget)\b[^\n|]{1,200}\| ?ba[s]e64 (-d|-D|--decode|-di)[^\n|]{0,20}\| ?(gunzip ?\| ?)?(\/bin\/|\/usr\/bin\/)?((ba|da|z|a|k)?sh|python[23]?|perl|node|php)\b/
  condition:
    filesize < 5MB and any of them
}

rule hex_to_shell {
  meta:
    description = "A hexadecimal or octal text is decoded and piped into a shell"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1140,T1059.004"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /x[x]d -r( -p|p| -ps| -plain)?[^\n|]{0,20}\| ?(gunzip ?\| ?)?(sudo )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh\b/
    $b = /(echo -n?e|pri[n]tf) ["']\\x[0-9a-fA-F]{2}(\\x[0-9a-fA-F]{2}){7,}[^\n|]{0,4000}["'] ?\| ?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh\b/
    $c = /\bev[a]l ["']?\$\((echo -n?e|printf) ["']?(\\x[0-9a-fA-F]{2}){8,}/
    $d = /\bev[a]l \$'\\(x[0-9a-fA-F]{2}|[0-7]{3})(\\x[0-9a-fA-F]{2}|\\[0-7]{3}){7,}/
  condition:
    filesize < 20MB and any of them
}

rule decrypt_to_shell {
  meta:
    description = "An encrypted text is decrypted with a key in the same line and piped into a shell"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027.013,T1140"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /ope[n]ssl (enc )?-?(aes|des|rc4|bf|camellia|chacha)[a-z0-9-]{0,20} [^\n|]{0,200}-(k|pass|K|kfile) [^\n|]{1,200}\| ?(gunzip ?\| ?|tar [^\n|]{1,20}\| ?)?(sudo )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh\b/
    $b = /gpg [^\n|]{0,80}--passp[h]rase [^\n|]{1,80}\| ?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh\b/
  condition:
    filesize < 20MB and any of them
}

rule python_exec_decoded {
  meta:
    description = "Python that runs the decoded form of an encoded text"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1140,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a1 = /\b(exec|eval)\((compile\()?(__import__\(["'](base64|zlib|codecs|marshal|bz2|lzma|gzip)["']\)|base64|zlib|codecs|marshal|bz2|lzma|binascii)\.(b64decode|b32decode|b16decode|b85decode|a85decode|decom[p]ress|unhexlify)\(/
    $a2 = /\b(exec|eval)\((compile\()?__imp[o]rt__\(["'](base64|zlib|codecs|marshal|bz2|lzma|gzip)["']\)\.(decode|loads)\(/
    $a3 = /\b(exec|eval)\((compile\()?(base64|zlib|codecs|marsh[a]l|bz2|lzma|binascii)\.(decode|loads)\(/
    $b = /\b(exec|eval)\((compile\()?bytes\.fro[m]hex\(["'][0-9a-fA-F]{24,}/
    $c = /pyt[h]on[23]? -c ["'](import base64[;,][^\n]{0,40})?\bexec\(\s?(__import__\(["']base64["']\)|base64)\.b64decode\(/
    $d1 = /\bex[e]c\(["']["']?["']?\\x[0-9a-fA-F]{2}(\\x[0-9a-fA-F]{2}){19,}/
    $d2 = /\bev[a]l\(["']["']?["']?\\x[0-9a-fA-F]{2}(\\x[0-9a-fA-F]{2}){19,}/
  condition:
    filesize < 20MB and any of them
}

rule python_layered_lambda {
  meta:
    description = "Python packed in layers: reversed, decoded, decompressed, run again"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1027.002,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /ex[e]c\(\(_\)\(b?["']/
    $b = /_ ?= ?lambda __ ?: ?__import__\(["']zlib["']\)\.decom[p]ress\(__import__\(["']base64["']\)\.b64decode\(__\[::-1\]\)\)/
    $c = /lambda __ ?: ?__import__\(["']mar[s]hal["']\)\.loads\(/
    $d = /getattr\(__import__\(["']buil[t]ins["']\), ?["']e["']\s?\+/
  condition:
    filesize < 20MB and any of ($a, $b, $c, $d)
}

rule python_builtin_name_split {
  meta:
    description = "Python that puts the name of the function which runs code together from pieces"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1027,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $d = /getattr\(\s?(__import__\(["']buil[t]ins["']\)|buil[t]ins|__buil[t]ins__)\s?,\s?["'](e|ex|exe|ev|eva|co|com|comp|__im|__imp)["']\s?\+/
    $e = /\b(__buil[t]ins__|buil[t]ins\.__dict__|vars\(buil[t]ins\))\[["'](e|ex|exe|ev|eva|__im|__imp)["']\s?\+/
  condition:
    filesize < 2MB and any of them
}

rule python_exec_decrypted {
  meta:
    description = "Python that runs code which it decrypts with a key beside it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027.013,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /\b(exec|eval)\((compile\()?Fernet\(\s?b?["'][A-Za-z0-9_\-]{43}=["']\s?\)\.dec[r]ypt\(/
    $b = /\b(exec|eval)\((compile\()?(AES|ARC4|ChaCha20)\.new\([^\n]{1,200}\)\.dec[r]ypt\(/
    $c = "pyarmor_\x72untime"
    $d = "__pya\x72mor__"
    $e = /PYA[R]MOR[0-9]{0,2}/
    $f = "url\x6fpen"
    $g = "/t\x6dp/"
  condition:
    filesize < 16MB and ($a or $b or (filesize < 10MB and any of ($c, $d) and #c + #d + #e > 2 and $f and $g))
}

rule python_hidden_far_right {
  meta:
    description = "Python with a statement pushed far out of sight to the right"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1036"
    filetypes = "interpretable,python-bytecode"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /[;"')\]a-z] {120}[ ]*(;|imp[o]rt |exec\(|eval\(|from |__import__)/
    $c1 = "ex\x65c("
    $c2 = "ev\x61l("
    $c3 = "__imp\x6frt__("
    $c4 = "subpr\x6fcess"
  condition:
    filesize < 2MB and $a and any of ($c*)
}

rule perl_eval_packed {
  meta:
    description = "Perl that evaluates a packed or encoded text"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1059"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /ev[a]l[ (](pack|unpack)[ (]{1,2}["'](u|H\*|h\*)["']/
    $b = /eval\s?\(?\s?(MIME::Base64::)?dec[o]de_base64\s?\(/
    $c = /pe[r]l -e ["']?eval\s?(pack|unpack|decode_base64|\(?"\\x)/
  condition:
    filesize < 20MB and any of them
}

rule ruby_eval_decoded {
  meta:
    description = "Ruby that evaluates an encoded text"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1059"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /\beval\s?\(?\s?Base64\.(strict_|urlsafe_)?dec[o]de64\(/
    $b = /\beval\s?\(?\s?["'][A-Za-z0-9+\/=\\n]{40,}["']\.unp[a]ck1?\(?\s?["']m/
    $c = /\beval\s?\(?\s?Zlib::Inf[l]ate\.inflate\(/
  condition:
    filesize < 20MB and any of them
}

rule node_eval_decoded {
  meta:
    description = "JavaScript that evaluates an encoded text"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1059.007"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /\b(eval|Function|new Function|vm\.runInThi[s]Context|vm\.runInNewContext|require\(["'](node:)?vm["']\)\.runIn\w{1,20})\(\s?(["']require["'],\s?)?(new )?(Buffer\.from|Buffer)\(\s?["'`][A-Za-z0-9+\/=]{24,}["'`], ?["'](base64|hex)["']\)/
    $b = /\b(eval|new Function|Function)\(\s?(globalThis\.|window\.)?at[o]b\(\s?["'`][A-Za-z0-9+\/=]{24,}/
    $c = /no[d]e -e ["']eval\(/
    $d = /\bev[a]l\(["'`](\\x[0-9a-f]{2}){20,}/
    $e = /\beval\(String\.fromCh[a]rCode\([0-9, ]{60,}/
  condition:
    filesize < 20MB and any of them
}

rule node_obfuscator_shape {
  meta:
    description = "JavaScript made unreadable by a well-known obfuscator, with access to processes or the network"
    severity = "low"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1027"
    filetypes = "interpretable"
    advice = "Ask the author for the readable source; what installs or runs unread is trusted blindly."
  strings:
    $a = /(var|const|let|func[t]ion) _0x[0-9a-f]{4,6}\s?[=(]/
    $b = /_0[x][0-9a-f]{4,6}\(0x[0-9a-f]{1,4}\)/
    $c = /while\(!!\[\]\)\{try\{(var|const|let) _0x[0-9a-f]{4,6}=-?pars[e]Int\(/
    $d1 = "child_p\x72ocess"
    $d2 = "proce\x73s['env']"
    $d3 = "proc\x65ss[_0x"
    $d4 = "http\x73.get"
    $d5 = "requ\x69re('os')"
    $d6 = "ax\x69os"
  condition:
    filesize < 5MB and $a and #b > 4 and ($c or #b > 30) and any of ($d*)
}

rule php_chained_chr {
  meta:
    description = "PHP that spells code as a chain of character numbers and evaluates it"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1505.003"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $p = "<?p\x68p"
    $a = /(c[h]r\(\d{2,3}\)\s?\.\s?){10,}/ nocase
    $b = /eval\s?\(|assert\s?\(|create_func[t]ion\s?\(/ nocase
  condition:
    filesize < 2MB and $p and $a and $b
}

rule php_goto_maze {
  meta:
    description = "PHP scrambled into a maze of jumps with escaped texts"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1505.003"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /go[t]o [A-Za-z0-9_]{5};/
    $b = /\\[x]4[0-9a-f]\\1[0-7]{2}\\x/
    $p = "<?p\x68p"
  condition:
    filesize < 2MB and $p and #a > 12 and #b > 5
}

rule powershell_encoded_command {
  meta:
    description = "PowerShell started with an encoded command"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027,T1059.001"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /power[s]hell(\.exe)?[^\n]{0,120} -e(nc|ncodedcommand|c)? ["']?[A-Za-z0-9+\/]{60,}/ nocase
    $b = /From[B]ase64String\([^\n]{1,80}\)[^\n]{0,120}(IEX|Invoke-Expression)/ nocase
  condition:
    filesize < 20MB and any of them
}

rule shell_variable_spelling {
  meta:
    description = "A shell script put together from single characters of a variable, so that no word of it can be read"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027.010"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /(\$\{[A-Za-z_]{1,12}:[0-9]{1,3}:1\}){6,}/
    $c = /ev[a]l ["']?(\$\{?[A-Za-z_]{1,8}\}?){8,}/
    $h1 = "#!/bi\x6e/sh"
    $h2 = "#!/bin/\x62ash"
    $h3 = "ba\x73h -c"
    $h4 = "s\x68 -c"
  condition:
    filesize < 2MB and any of ($h*) and any of ($a, $c)
}

rule shell_tail_payload {
  meta:
    description = "A short script that cuts a program out of its own end, makes it executable in a temporary folder and starts it"
    severity = "medium"
    confidence = "low"
    intent = "implant"
    techniques = "T1027.009"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /(ta[i]l|dd|sed)[^\n]{0,60}\$0["']?[^\n]{0,60}(>|of=)\s?["']?(\/tmp|\/var\/tmp|\/dev\/shm)\/\.?[a-zA-Z0-9_$\{]{1,40}/
    $c = /ch[m]od (\+x|[0-7]{3,4})/
    $r = /(nohup |set[s]id |exec )?["']?(\/tmp|\/var\/tmp|\/dev\/shm)\/\.?[a-zA-Z0-9_$\{]{1,40}["'}]{0,2}[^\n]{0,40}&/
  condition:
    filesize < 30MB and all of them
}

rule shc_compiled_script {
  meta:
    description = "A shell script encrypted into a program by shc"
    severity = "low"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1027.002"
    filetypes = "elf"
    advice = "Ask for the script's source. Attackers hide theirs in this way, honest authors seldom need to."
  strings:
    $a = "E: neither ar\x67v[0] nor $_ works."
    $b = "has ex\x70ired!"
    $c = "Please contac\x74 your provider"
  condition:
    uint32(0) == 0x464c457f and ($a or ($b and $c))
}

rule encoded_elf_in_script {
  meta:
    description = "A whole program as an encoded text inside a script"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027.009,T1140"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /f0VMRg[I]BAQ[A-Za-z0-9+\/]{60,}/
    $x1 = /ba[s]e64 (-d|-D|--decode)/
    $x2 = "b64de\x63ode("
    $x3 = "base64_d\x65code("
    $c = /ch[m]od (\+x|[0-7]{3,4})/
    $d = "os.c\x68mod("
    $e = "memfd_\x63reate"
  condition:
    filesize < 50MB and $a and (any of ($x*) or $e) and any of ($c, $d, $e)
}

rule memfd_from_script {
  meta:
    description = "A script that runs a program from memory, without a file"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1620,T1059"
    filetypes = "interpretable,python-bytecode"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /sys[c]all\(\s?(319|279|385|0x13f)\b/
    $b = /os\.memfd_cre[a]te\(/
    $c = /\/pr[o]c\/(self|\$\$|%d|\{[a-z.()]{1,20}\}|"\.\$\$\."|" ?\. ?\$\$)[^\n]{0,12}\/fd\//
    $x1 = /os\.ex[e]c[lv]p?e?\(/
    $x2 = /ex[e]c ?[\{"(]/
  condition:
    filesize < 5MB and ($a or $b) and $c and any of ($x*)
}

rule python_unwraps_itself {
  meta:
    description = "Python that runs what a function in the same breath unpacks from a long text: layers of hiding"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1027,T1140,T1059.006"
    filetypes = "interpretable"
    advice = "Decode the text by hand, without running it, and judge what comes out. Honest software has no reason to hide what it runs."
  strings:
    $a = /\b(exec|eval)\(\s?\(?\s?lam[b]da \w{1,12}\s?:[^\n]{0,160}\b(decompr[e]ss|b(16|32|64|85)dec[o]de|unhexl[i]fy|fromh[e]x)\b/
    $t = /["'][A-Za-z0-9+\/=_\-]{40}[A-Za-z0-9+\/=_\-]{40}/
  condition:
    filesize < 5MB and $a and $t
}
