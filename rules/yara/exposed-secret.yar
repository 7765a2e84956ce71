// Keys and tokens by the shapes that their issuers gave them, wherever they lie (T1552.001). What code must check is named in `check`.
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for a leak.

rule github_token {
  meta:
    description = "A token of GitHub, with the right checksum"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token-checksum"
  strings:
    $p0 = /\bgh[p]_(0|1|2|3|4|5|6|7|8|9|A|B|C|D|E|F|G|H|I|J|K|L|M)[0-9A-Za-z]{35}\b/
    $p1 = /\bgh[p]_(N|O|P|Q|R|S|T|U|V|W|X|Y|Z|a|b|c|d|e|f|g|h|i)[0-9A-Za-z]{35}\b/
    $p2 = /\bgh[p]_(j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z)[0-9A-Za-z]{35}\b/
    $o0 = /\bgh[o]_(0|1|2|3|4|5|6|7|8|9|A|B|C|D|E|F|G|H|I|J|K|L|M)[0-9A-Za-z]{35}\b/
    $o1 = /\bgh[o]_(N|O|P|Q|R|S|T|U|V|W|X|Y|Z|a|b|c|d|e|f|g|h|i)[0-9A-Za-z]{35}\b/
    $o2 = /\bgh[o]_(j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z)[0-9A-Za-z]{35}\b/
    $s0 = /\bgh[s]_(0|1|2|3|4|5|6|7|8|9|A|B|C|D|E|F|G|H|I|J|K|L|M)[0-9A-Za-z]{35}\b/
    $s1 = /\bgh[s]_(N|O|P|Q|R|S|T|U|V|W|X|Y|Z|a|b|c|d|e|f|g|h|i)[0-9A-Za-z]{35}\b/
    $s2 = /\bgh[s]_(j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z)[0-9A-Za-z]{35}\b/
    $u0 = /\bgh[u]_(0|1|2|3|4|5|6|7|8|9|A|B|C|D|E|F|G|H|I|J|K|L|M)[0-9A-Za-z]{35}\b/
    $u1 = /\bgh[u]_(N|O|P|Q|R|S|T|U|V|W|X|Y|Z|a|b|c|d|e|f|g|h|i)[0-9A-Za-z]{35}\b/
    $u2 = /\bgh[u]_(j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z)[0-9A-Za-z]{35}\b/
    $r0 = /\bgh[r]_(0|1|2|3|4|5|6|7|8|9|A|B|C|D|E|F|G|H|I|J|K|L|M)[0-9A-Za-z]{35}\b/
    $r1 = /\bgh[r]_(N|O|P|Q|R|S|T|U|V|W|X|Y|Z|a|b|c|d|e|f|g|h|i)[0-9A-Za-z]{35}\b/
    $r2 = /\bgh[r]_(j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z)[0-9A-Za-z]{35}\b/
  condition:
    any of them
}

rule npm_token {
  meta:
    description = "A token of the npm registry, with the right checksum"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token-checksum"
  strings:
    $a0 = /\bnp[m]_(0|1|2|3|4|5|6|7|8|9|A|B|C|D|E|F|G|H|I|J|K|L|M)[0-9A-Za-z]{35}\b/
    $a1 = /\bnp[m]_(N|O|P|Q|R|S|T|U|V|W|X|Y|Z|a|b|c|d|e|f|g|h|i)[0-9A-Za-z]{35}\b/
    $a2 = /\bnp[m]_(j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z)[0-9A-Za-z]{35}\b/
  condition:
    any of them
}

rule aws_key_pair {
  meta:
    description = "An access key of AWS with its secret"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token-pair"
  strings:
    $i0 = /\bAK[I]A(A|B|C|D|E|F|G|H|I|J|K|L|M|N|O|P)[A-Z2-7]{15}\b/
    $i1 = /\bAK[I]A(Q|R|S|T|U|V|W|X|Y|Z|2|3|4|5|6|7)[A-Z2-7]{15}\b/
    $s = /secr[e]t[_-]?(access)?[_-]?(key)?["']?\s{0,4}(=>|[=:,>])\s{0,4}["']?[0-9A-Za-z\/+]{40}\b/ nocase
  condition:
    filesize < 20MB and any of ($i*) and $s
}

rule private_key_inside {
  meta:
    description = "A private key inside another text or program"
    severity = "low"
    confidence = "medium"
    intent = "exposure"
    techniques = "T1552.004"
    filetypes = "elf,java-class,python-bytecode,script,text,data"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /-----BEG[I]N (RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----(\\n|\r?\n\s{0,12})[0-9A-Za-z+\/=]{60,}(\\n|\r?\n\s{0,12})[0-9A-Za-z+\/=]{20,}/
  condition:
    filesize < 20MB and any of them
}

rule password_in_address {
  meta:
    description = "A database address with user and password"
    severity = "low"
    confidence = "low"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "script,text,data"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /\b(postgres(ql)?|mysql|mariadb|mongodb(\+srv)?|redis|rediss|amqps?):\/\/[0-9A-Za-z_.-]{1,64}:[^\s:@\/"'<>{}$%()\[\]*]{6,64}@[0-9A-Za-z-]{1,63}(\.[0-9A-Za-z-]{1,63}){1,6}\b/
  condition:
    filesize < 200KB and any of them
}

rule forge_token {
  meta:
    description = "A token of GitHub or GitLab"
    severity = "high"
    confidence = "medium"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /\bgithub_p[a]t_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}\b/
    $b = /\bgl[p]at-[0-9A-Za-z_-]{20,64}\b/
    $c = /\bg[l](dt|rt|cbt|ptt|ft|soat)-[0-9A-Za-z_-]{20,64}\b/
  condition:
    any of them
}

rule package_registry_token {
  meta:
    description = "A token of PyPI, RubyGems, crates.io or Docker Hub"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /\bpypi-A[g]E(IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[0-9A-Za-z_-]{50,}/
    $b = /\brubyg[e]ms_[0-9a-f]{48}\b/
    $c = /\bdckr_(p|o)[a]t_[0-9A-Za-z_-]{27,32}\b/
  condition:
    any of them
}

rule google_service_account {
  meta:
    description = "A service account key of Google Cloud"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
  strings:
    $a = /"ty[p]e"\s?:\s?"service_account"/
    $b = /"priv[a]te_key"\s?:\s?"-----BEGIN (RSA )?PRIVATE KEY-----\\n[0-9A-Za-z+\/=\\]{200,}/
    $c = /"private_key[_]id"\s?:\s?"[0-9a-f]{40}"/
  condition:
    filesize < 1MB and all of them
}

rule google_api_key {
  meta:
    description = "An API key of a Google service"
    severity = "low"
    confidence = "medium"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /\bAIza[S]y[0-9A-Za-z_-]{33}\b/
  condition:
    any of them
}

rule azure_storage_key {
  meta:
    description = "The key of an Azure storage account"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /Accou[n]tKey=[0-9A-Za-z+\/]{86}==/
  condition:
    any of them
}

rule azure_client_secret {
  meta:
    description = "A client secret of an Azure application"
    severity = "high"
    confidence = "medium"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /azure_?client_?s[e]cret["']?\s{0,4}[=:]\s{0,4}["']?[0-9A-Za-z_~.]{3}[78]Q~[0-9A-Za-z_~.-]{31,34}\b/ nocase
  condition:
    any of them
}

rule slack_token {
  meta:
    description = "A token or web hook of Slack"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /\bxo[x]b-[0-9]{10,13}-[0-9]{10,13}-[0-9A-Za-z]{20,32}\b/
    $b = /\bxo[x]p-[0-9]{10,13}-[0-9]{10,13}-[0-9]{10,13}-[0-9a-f]{28,34}\b/
    $c = /\bxa[p]p-1-A[0-9A-Z]{8,12}-[0-9]{10,14}-[0-9a-f]{60,70}\b/
    $d = /hooks\.sl[a]ck\.com\/services\/T[0-9A-Z]{8,11}\/B[0-9A-Z]{8,11}\/[0-9A-Za-z]{24}\b/
  condition:
    any of them
}

rule payment_key {
  meta:
    description = "A live key of a payment service"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /\b[sr]k_li[v]e_[0-9A-Za-z]{24,107}\b/
    $c = /\bsq0c[s]p-[0-9A-Za-z_-]{43}\b/
  condition:
    any of them
}

rule model_service_key {
  meta:
    description = "A key of a service for language models"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /\bsk-a[n]t-(api|admin)[0-9]{2}-[0-9A-Za-z_-]{80,110}/
    $b = /\bsk-(proj-|svcacct-)?[0-9A-Za-z_-]{20,80}T3Blb[k]FJ[0-9A-Za-z_-]{20,80}\b/
  condition:
    any of them
}

rule service_token {
  meta:
    description = "A token of a cloud or infrastructure service"
    severity = "high"
    confidence = "medium"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /\bdop_[v]1_[0-9a-f]{64}\b/
    $b = /\bshp(at|ca|pa|ss)[_][0-9a-f]{32}\b/
    $c = /sendgr[i]d[^\n]{0,60}\bSG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}\b/ nocase
    $d = /\bgl[s]a_[0-9A-Za-z]{32}_[0-9a-f]{8}\b/
    $e = /\bATATT[3]xFfGF0[0-9A-Za-z_=-]{150,}/
    $f = /\b[0-9A-Za-z]{14}\.atlas[v]1\.[0-9A-Za-z_=-]{60,70}/
    $g = /\btsk[e]y-(auth|api|client)-[0-9A-Za-z]{10,20}-[0-9A-Za-z]{20,40}\b/
    $h = /\bpscale_(tkn|oauth|pw)[_][0-9A-Za-z_=.-]{32,64}\b/
    $i = /\bsnt[r]ys_eyJ[0-9A-Za-z_+\/=.-]{60,}/
    $k = /\bPMA[K]-[0-9a-f]{24}-[0-9a-f]{34}\b/
    $l = /\bdp\.[p]t\.[0-9A-Za-z]{40,44}\b/
    $m = /\bhv[s]\.(CAES|AAAA)[0-9A-Za-z_-]{80,}/
  condition:
    any of them
}

rule age_key {
  meta:
    description = "A secret key of the file cipher age"
    severity = "high"
    confidence = "high"
    intent = "exposure"
    techniques = "T1552.001"
    filetypes = "elf,java-class,python-bytecode,interpretable"
    advice = "Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets."
    check = "token"
  strings:
    $a = /\bAGE-SECR[E]T-KEY-1[0-9A-Z]{58}\b/
  condition:
    any of them
}
