// Traces of software that was tampered with before it was packaged (T1195.002).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule xz_build_macro {
  meta:
    description = "The build macro of the xz backdoor (CVE-2024-3094), which unpacks its payload from test files"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1195.002,T1027"
    filetypes = "interpretable"
    advice = "Do not use anything that was built with it. Take the version before or after, from the publisher, and build anew."
  strings:
    $a = "gl_am_con\x66igmake"
    $b = /grep -aE[r]ls ["']#\{4\}\[\[:alnum:\]\]\{5\}#\{4\}\$/
    $c = /t[r] \\?"\\\\t \\\\-_\\?" \\?" \\\\t_\\\\-\\?"/
    $d = "gl_pa\x74h_map"
    $f = /ev[a]l \$\w{1,30} ?\| ?xz -d/
  condition:
    filesize < 2MB and ($b or ($a and any of ($c, $d, $f)))
}

rule xz_extraction_script {
  meta:
    description = "The extraction script of the xz backdoor (CVE-2024-3094)"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1195.002,T1027"
    filetypes = "interpretable"
    advice = "Do not use anything that was built with it. Take the version before or after, from the publisher, and build anew."
  strings:
    $a = "####He\x6clo####"
    $b = "####Wo\x72ld####"
    $c = /he[a]d -c \+?1024 >\/dev\/null\) ?&& ?head -c \+?2048/
    $d = "bad-3-corru\x70t_lzma2.xz"
    $e = "good-large_co\x6dpressed.lzma"
    $f = /ta[i]l -c \+31233/
  condition:
    filesize < 2MB and (all of ($a, $b) or $c or ($f and any of ($d, $e)))
}

rule xz_backdoored_library {
  meta:
    description = "liblzma with the backdoor of xz 5.6.0 and 5.6.1 (CVE-2024-3094): the code that reads its own symbols in the SSH server"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1195.002,T1556"
    filetypes = "elf"
    advice = "Do not use anything that was built with it. Take the version before or after, from the publisher, and build anew."
  strings:
    $a = { f3 0f 1e fa 55 48 89 f5 4c 89 ce 53 89 fb 81 e7 00 00 00 80 48 83 ec 28 48 89 54 24 18 48 89 4c 24 10 }
  condition:
    uint32(0) == 0x464c457f and $a
}

rule linker_hijack_build {
  meta:
    description = "A build or start script that puts its own library before all others from a temporary or hidden folder"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1554"
    filetypes = "interpretable"
    advice = "Do not use anything that was built with it. Take the version before or after, from the publisher, and build anew."
  strings:
    $a = /(export )?LD_PRE[L]OAD=["']?(\/tmp|\/var\/tmp|\/dev\/shm|[^\s"']{0,60}\/\.[a-z0-9_\-]{2,30})[^\s"']{0,80}\.so/
    $b = /(export )?LD_AU[D]IT=["']?(\/tmp|\/var\/tmp|\/dev\/shm|[^\s"']{0,60}\/\.[a-z0-9_\-]{2,30})[^\s"']{0,80}\.so/
  condition:
    filesize < 1MB and any of them
}

rule compiler_wrapper_adds_code {
  meta:
    description = "A wrapper in the place of a compiler that adds a hidden object or changes sources"
    severity = "high"
    confidence = "low"
    intent = "implant"
    techniques = "T1195.002,T1554"
    filetypes = "interpretable"
    advice = "Do not use anything that was built with it. Take the version before or after, from the publisher, and build anew."
  strings:
    $a = /(gcc|cc|cl[a]ng|g\+\+|ld|go|javac)(\.real|\.orig|-real|\.bin)["']? ["']?\$@["']?[^\n]{0,120}(\/tmp\/|\/dev\/shm\/|\/\.)[^\s]{1,60}\.(o|a|so|c)\b/
    $b = /s[e]d -i [^\n]{1,160}\.(c|cpp|go|js|java)\b[^\n]{0,80}\n[^\n]{0,80}(gcc|cc|clang|go|javac)(\.real|\.orig|-real)/
  condition:
    filesize < 64KB and any of them
}

rule codecov_style_upload {
  meta:
    description = "A helper script of a build that sends the environment and repository address to a bare address"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1552"
    filetypes = "interpretable"
    advice = "Do not use anything that was built with it. Take the version before or after, from the publisher, and build anew."
  strings:
    $a = /git rem[o]te -v/
    $b = /\$\(env\)|<<<? ?"\$ENV|"\$\(prin[t]env\)"|\$ENV\b/
    $c = /cu[r]l [^\n]{0,80}(-d|--data|-F)[^\n]{0,160}https?:\/\/([0-9]{1,3}\.){3}[0-9]{1,3}/
  condition:
    filesize < 1MB and all of them
}

rule image_rebuilds_itself {
  meta:
    description = "A script that builds an image on the host it runs on, out of a fetched or inline recipe"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1612"
    filetypes = "interpretable"
    advice = "Do not use anything that was built with it. Take the version before or after, from the publisher, and build anew."
  strings:
    $a = /doc[k]er build (-t [^\s]{1,60} )?(-f ?- |- |https?:\/\/)/
    $d = /doc[k]er -H [^\s]{3,60} build /
    $b = /--unix-soc[k]et \/var\/run\/docker\.sock[^\n]{0,120}\/build\?(remote|t)=/
    $c1 = /(cu[r]l|wget) [^\n]{1,200}\| ?(ba)?sh/
    $c2 = "xm\x72ig"
    $c3 = "ba\x73e64 -d"
    $c4 = "ht\x74p://"
  condition:
    filesize < 1MB and any of ($a, $b, $d) and any of ($c*)
}

rule hidden_unicode_code {
  meta:
    description = "Source code hidden in invisible characters, with what decodes and runs them"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027.018"
    filetypes = "interpretable"
    advice = "Do not use anything that was built with it. Take the version before or after, from the publisher, and build anew."
  strings:
    $v = { f3 a0 84 ?? f3 a0 84 ?? f3 a0 84 ?? f3 a0 84 }
    $w = { ef b8 8? ef b8 8? ef b8 8? ef b8 8? ef b8 8? ef b8 8? }
    $e1 = "ev\x61l("
    $e2 = "new Fu\x6ection("
    $e3 = ".codeP\x6fintAt("
  condition:
    filesize < 5MB and any of ($e*) and any of ($v, $w)
}

rule bidirectional_source {
  meta:
    description = "A script with direction marks that show its lines in another order than they run (Trojan Source)"
    severity = "low"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027.018"
    filetypes = "interpretable"
    advice = "Do not use anything that was built with it. Take the version before or after, from the publisher, and build anew."
  strings:
    $a = { e2 80 ae }
    $b = { e2 81 a6 }
    $c = { e2 81 a9 }
    $d = { e2 80 ac }
    $e1 = "i\x66 "
    $e2 = "ex\x65c"
    $e3 = "ret\x75rn"
    $e4 = "su\x64o"
    $h1 = "#!/b\x69n/"
    $h2 = "#!/usr/\x62in/"
  condition:
    filesize < 1MB and any of ($h*) and ($a or $b) and ($c or $d) and any of ($e*)
}
