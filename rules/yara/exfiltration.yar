// Lines that send files or secrets of the machine to somebody (T1041, T1567, T1048).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule telegram_file_upload {
  meta:
    description = "A script that sends files or command output to a Telegram bot with the bot's token in it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1567,T1102"
    filetypes = "interpretable,python-bytecode"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $t = /api\.tele[g]ram\.org\/bot[0-9]{8,10}:[A-Za-z0-9_\-]{35}/
    $u1 = "sendDo\x63ument"
    $u2 = /sendM[e]ssage[^\n]{0,200}(\$\(|`|whoami|hostname|ifconfig|\bid\b)/
    $u3 = "cha\x74_id"
    $f1 = /(\/etc\/(passwd|shadow)|\.ssh\/|\.aws\/|\.bash_his[t]ory|\.env\b)/
    $f2 = /\$\((whoami|host[n]ame|uname|id|curl [^\n]{0,20}ifconfig)/
    $f3 = "t\x61r "
    $f4 = "z\x69p "
  condition:
    filesize < 2MB and $t and any of ($u1, $u2) and $u3 and any of ($f*)
}

rule discord_webhook_upload {
  meta:
    description = "A script that sends files or system data to a Discord webhook whose address is in it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1567.004"
    filetypes = "interpretable,python-bytecode"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $t = /discord(app)?\.com\/api\/webh[o]oks\/[0-9]{17,20}\/[A-Za-z0-9_\-]{60,80}/
    $f1 = /(\/etc\/(passwd|shadow)|\.ssh\/|\.aws\/|\.bash_his[t]ory|\.env\b|Login Data|leveldb|wallet)/
    $f2 = /\$\((whoami|host[n]ame|uname|id|curl [^\n]{0,20}ifconfig)/
    $f4 = /getpass\.getuser|os\.hostname\(\)|socket\.getho[s]tname/
  condition:
    filesize < 2MB and $t and any of ($f1, $f2, $f4)
}

rule dns_exfiltration {
  meta:
    description = "A script that hides data in the names of DNS queries"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1048.003,T1071.004"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a = /(xxd -p|base64|base32|od -A ?n|hexdump)[^\n]{0,120}(fold|split|cut|sed|head|while read)[^\n]{0,160}(dig|nslo[o]kup|host|ping)[^\n]{0,20} [^\n]{0,40}\$\{?[a-zA-Z_]{1,12}\}?\.[a-z0-9$\{]/
    $b = /(dig |nslo[o]kup |host |ping -c ?1)[^\n]{0,30} ["']?(\$\(|`)(whoami|hostname|uname|cat \/)[^\n]{0,60}[)`]\.[a-z]/
  condition:
    filesize < 1MB and any of them
}

rule sensitive_file_upload {
  meta:
    description = "A script that uploads the machine's password files or keys"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1041,T1048"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a = /cu[r]l [^\n]{0,120}(-F|--form|-T|--upload-file|-d|--data|--data-binary)[ =][^\n]{0,40}@\/?(etc\/(passwd|shadow|kubernetes|ssh)|root\/\.(ssh|aws|kube|docker)|var\/run\/secrets)/
    $b = /(cat|tar [a-z]{1,6}f? ?-?|base64) [^\n]{0,40}\/(etc\/shadow|root\/\.ssh|root\/\.aws|root\/\.kube)[^\n]{0,80}\| ?(curl|nc|ncat|ope[n]ssl s_client|wget) /
    $c = /wg[e]t [^\n]{0,80}--post-file[ =]["']?\/(etc\/(passwd|shadow)|root\/\.)/
  condition:
    filesize < 2MB and any of them
}

rule request_collector_beacon {
  meta:
    description = "Code that reports host name, user and folder to a request collector, as test packages and attackers do"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1567,T1195.002"
    filetypes = "interpretable,python-bytecode"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $d = /[a-z0-9.\-]{1,80}\.(oastify\.com|oast\.(pro|live|site|online|fun|me)|burpcoll[a]borator\.net|interact\.sh|requestbin\.net|pipedream\.net|webhook\.site|canarytokens\.com|dnslog\.cn|ceye\.io|beeceptor\.com|requestcatcher\.com|bxss\.me)/
    $d2 = "webho\x6fk.site/"
    $h1 = "os.hos\x74name()"
    $h2 = "getho\x73tname"
    $h3 = "$(host\x6eame)"
    $h4 = "`host\x6eame`"
    $h5 = "os.use\x72Info()"
    $h6 = "getpass.\x67etuser"
    $h7 = "$(who\x61mi)"
    $h8 = "`who\x61mi`"
    $h9 = "proce\x73s.env"
    $h10 = "__dir\x6eame"
    $h11 = "os.en\x76iron"
    $h12 = "/etc/p\x61sswd"
  condition:
    filesize < 5MB and ($d or $d2) and 2 of ($h*)
}

rule file_host_upload {
  meta:
    description = "A script that uploads an archive of settings, keys or histories to an anonymous file host"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1567.002"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a = /cu[r]l [^\n]{0,120}(--upload-file|-T|-F)[^\n]{0,160}(transfer\.sh|file\.io|0x0\.st|bashupload\.com|temp\.sh|oshi\.at|gofile\.io|anonfiles|catbox\.moe|ufile\.io)/
    $b1 = ".s\x73h"
    $b2 = ".a\x77s"
    $b3 = "/etc/s\x68adow"
    $b4 = ".bash_h\x69story"
    $b5 = ".e\x6ev"
    $b6 = "/etc/p\x61sswd"
    $b7 = ".ku\x62e"
  condition:
    filesize < 1MB and $a and 2 of ($b*)
}

rule icmp_exfiltration {
  meta:
    description = "A script that hides data in the padding of ping packets"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1048.003,T1095"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a = /(xxd -p|hexdump |od -[At])[^\n]{0,120}pi[n]g [^\n]{0,60}-p ?["']?\$/
    $b = /pi[n]g [^\n]{0,40}-p ["']?(\$\(|`)[^\n]{0,60}(xxd -p|hexdump |od -[At])/
  condition:
    filesize < 1MB and any of them
}

rule database_dump_sent {
  meta:
    description = "A script that dumps whole databases straight to a bare address"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1005,T1048"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a = /(mysq[l]dump|pg_dump(all)?|mongodump|redis-cli [^\n]{0,40}--rdb)[^\n]{0,240}\| ?(gzip[^\n|]{0,12}\| ?)?(curl [^\n]{0,120}https?:\/\/([0-9]{1,3}\.){3}|nc ([0-9]{1,3}\.){3})/
  condition:
    filesize < 1MB and $a
}

rule crypto_clipboard_swap {
  meta:
    description = "Code that replaces cryptocurrency addresses on the clipboard"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1565.002"
    filetypes = "interpretable,python-bytecode"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a1 = "pype\x72clip"
    $a2 = "clip\x62oard"
    $a3 = "xc\x6cip"
    $b1 = /\^\(?b[c]1\|\[13\]\)?\[a-zA-HJ-NP-Z0-9\]/
    $b2 = /\^?0x\[a-f[A]-F0-9\]\{40\}/
    $b3 = /\^?4\[0-9A[B]\]\[1-9A-HJ-NP-Za-km-z\]\{93\}/
    $b4 = /\^?T\[A-Z[a]-z1-9\]\{33\}/
    $c1 = ".co\x70y("
    $c2 = "set\x54ext("
    $c3 = "writ\x65Text("
  condition:
    filesize < 2MB and any of ($a*) and 2 of ($b*) and any of ($c*)
}

rule environment_sent_by_python {
  meta:
    description = "Python that packs the whole environment, with the secrets in it, into a message and sends it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552,T1041"
    filetypes = "interpretable,python-bytecode"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $p1 = /json\.dumps\(\s?(dict\(|\{[^\n]{0,80})?os\.envir[o]n\s?[,)}]/
    $p2 = /["'][\w-]{1,20}["']\]?\s?[:=]\s?dict\(os\.envir[o]n\)/
    $s1 = "reques\x74s.post("
    $s2 = "url\x6fpen("
    $s3 = "HTTPSConn\x65ction("
    $s4 = "HTTPConne\x63tion("
  condition:
    filesize < 64KB and any of ($p*) and any of ($s*)
}

rule environment_sent_by_javascript {
  meta:
    description = "JavaScript that packs the whole environment, with the secrets in it, into a message and sends it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552,T1041"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $j = /JSON\.stringify\(\s?(\{[^\n;]{0,80}[:(]\s?)?process\.en[v]\s?[,})]/
    $s1 = /https?\.requ[e]st\(/
    $s2 = "axio\x73.post("
    $s3 = /fet[c]h\([^\n]{0,120}POST/
    $s4 = /\.requ[e]st\(\s?\{[^}\n]{0,160}POST/
  condition:
    filesize < 64KB and $j and any of ($s*)
}

rule environment_piped_away {
  meta:
    description = "A script whose environment goes down a pipe of encoders to an address"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552,T1041"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a = /(^|[\s;&|({`])(env|printenv|export -p|cat \/proc\/(self|1|\*|\$\$)\/environ) ?(2>\/dev\/null ?)?\|([^\n|]{1,60}\|){1,4} ?(cu[r]l [^\n]{0,160}(-d|--data|--data-binary|--data-raw|-F|-T)[ =]?["']?\w{0,12}=?@?-|wge[t] [^\n]{0,120}--post-(file|data))/
  condition:
    filesize < 2MB and $a
}

rule secret_files_piped_away {
  meta:
    description = "Files that hold keys and passwords go down a pipe to an address"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552.001,T1048"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a = /\b(cat|tar) [^\n|]{0,160}(\.git-cred[e]ntials|\.net[r]c|\.aws\/cred[e]ntials|\.kube\/conf[i]g|\.ssh\/id[_]|\.docker\/conf[i]g\.json|\/etc\/sh[a]dow)[^\n]{0,160}\|([^\n|]{1,40}\|){0,3} ?(curl [^\n]{0,160}(-d|--data|--data-binary|--data-raw|-F|-T)[ =]?["']?\w{0,12}=?@?-|wget [^\n]{0,120}--post-|nc [a-z0-9.$-]{4,60} [0-9])/
  condition:
    filesize < 2MB and $a
}

rule secret_file_sent_by_name {
  meta:
    description = "A file that holds keys or passwords is named, and then uploaded"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552.001,T1048"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a = /=["']?(~|\/root|\$HOME|\$\{HOME\})\/\.(kube\/conf[i]g|aws\/cred[e]ntials|ssh\/id[_]\w{2,10}|docker\/conf[i]g\.json|git-cred[e]ntials|net[r]c)["']?\s{0,4}(;|&&|\n)\s{0,12}((\[|test) -[a-z] ["']?\$\w{1,20}["']?( \])? ?(&&|;) ?)?curl [^\n@;]{0,80}(-F|-T|-d|--data|--data-binary|--form)[ =]?["']?\w{0,12}=?@\$/
  condition:
    filesize < 2MB and $a
}

rule dns_chunks {
  meta:
    description = "Data cut into pieces, each looked up as a name: it leaves by the DNS"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1048.003,T1071.004"
    filetypes = "interpretable"
    advice = "Find out what was sent and where: assume that it is known to strangers, and renew what can be renewed."
  strings:
    $a = /\b(base64|base32|xxd -p)[^\n]{0,80}\|[^\n]{0,60}wh[i]le read (-\w{1,3} )?\w{1,12}; ?do\s{1,12}[^\n]{0,20}(dig|nslookup|host|ping)[^\n]{0,40} ["']?\$\{?\w{1,12}\}?\.[a-z0-9$\{]/
  condition:
    filesize < 1MB and $a
}
