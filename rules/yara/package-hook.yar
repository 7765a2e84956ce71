// Packages that act while they are installed or imported (T1195.002, T1059.006, T1059.007).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule npm_install_downloads {
  meta:
    description = "A package.json whose install script fetches and runs something"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1059.007"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $n = /"(preinstall|install|posti[n]stall|prepare)"\s?:\s?"[^"\n]{0,200}(curl|wget)[^"\n]{1,200}(\| ?(ba)?sh|&& ?(ba)?sh|; ?(ba)?sh|chmod)/
    $m = /"(preinstall|install|posti[n]stall)"\s?:\s?"[^"\n]{0,100}(powershell[^"\n]{0,100}(iex|-enc)|node -e[^"\n]{1,60}(http|child_process|eval|Buffer))/
  condition:
    filesize < 1MB and any of them
}

rule npm_install_reports {
  meta:
    description = "A package.json whose install script reports the machine to an address"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1082"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $n = /"(preinstall|install|posti[n]stall)"\s?:\s?"[^"\n]{0,200}(curl|wget|nslookup|dig|ping|host)[^"\n]{0,200}(\$\(|`|%)(whoami|hostname|id|uname|pwd|USERNAME)/
    $o = /"(preinstall|install|postinstall)"\s?:\s?"[^"\n]{0,200}(oastify|burpcoll[a]borator|interact\.sh|oast\.|pipedream\.net|webhook\.site|requestbin|dnslog|canarytokens)/
  condition:
    filesize < 1MB and any of them
}

rule node_hook_steals {
  meta:
    description = "A JavaScript install hook that collects environment and files and sends them"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1552"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $e1 = /JSON\.stri[n]gify\(\s?process\.env\s?\)/
    $e2 = /Object\.(entries|keys)\(\s?pro[c]ess\.env\s?\)/
    $f1 = ".np\x6drc"
    $f2 = ".s\x73h"
    $f3 = "/etc/p\x61sswd"
    $f4 = "os.ho\x6dedir()"
    $f5 = ".a\x77s"
    $s1 = /https?\.req[u]est\(\s?\{/
    $s2 = /\.req[u]est\(\s?\{\s{0,10}(hostname|host)\s?:/
    $s3 = "dns.l\x6fokup"
    $s4 = /ax[i]os\.post\(\s?["'`]http/
    $s5 = /fe[t]ch\(\s?["'`]https?:\/\//
    $h1 = "os.hos\x74name()"
    $h2 = "os.use\x72Info()"
    $h3 = "dns.get\x53ervers()"
    $h4 = "__dir\x6eame"
  condition:
    filesize < 1MB and any of ($s*) and ((any of ($e*) and 2 of ($h*)) or (3 of ($f*) and 1 of ($h*) and any of ($e*)) or ($h3 and 2 of ($h*) and $f4))
}

rule shai_hulud_worm {
  meta:
    description = "The npm worm Shai-Hulud or a descendant: takes tokens, publishes itself into the victim's packages"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1195.002,T1552.001"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $a1 = "Shai-\x48ulud"
    $a2 = "shai-hulu\x64-workflow"
    $a3 = "Sha1-H\x75lud"
    $a4 = "SHA1H\x55LUD"
    $a5 = "s1ngularity-\x72epository"
    $b1 = "truff\x6cehog" nocase
    $b2 = "webho\x6fk.site"
    $b3 = "npm pu\x62lish"
    $b4 = "/user/\x72epos"
    $b5 = ".github/w\x6frkflows"
    $b6 = "truffle\x53ecrets"
    $b7 = "actions\x53ecrets"
    $b8 = "setup_\x62un.js"
    $b9 = "bun_envir\x6fnment.js"
  condition:
    filesize < 30MB and ((any of ($a*) and 2 of ($b*)) or ($b8 and $b9) or ($b6 and $b7))
}

rule node_postinstall_binary {
  meta:
    description = "A JavaScript install hook that stores a program in a temporary folder, makes it executable and starts it unseen"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1105"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $g1 = /ht[t]ps?\.get\(\s?["'`]https?:/
    $g2 = /(axios|got|fetch)[^\n]{0,40}\(\s?["'`]ht[t]ps?:/
    $t = /os\.tmp[d]ir\(\)|["'`]\/tmp\/|["'`]\/dev\/shm\//
    $c = /chmo[d]Sync\([^\n]{1,60}(0o?7[0-7]{2}|["']7[0-7]{2}["'])/
    $x = /(spawn|exec|exec[F]ile)(Sync)?\(/
    $d1 = "detach\x65d: true"
    $d2 = "detach\x65d:true"
    $d3 = "windo\x77sHide"
    $d4 = ".un\x72ef()"
  condition:
    filesize < 1MB and any of ($g*) and $t and $c and $x and any of ($d*)
}

rule setup_py_fetches {
  meta:
    description = "A setup.py that fetches something and runs it while the package is installed"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $s1 = "from set\x75ptools"
    $s2 = "import se\x74uptools"
    $s3 = "from dist\x75tils.core"
    $u = "se\x74up("
    $a1 = /url[o]pen\(\s?["']https?:\/\//
    $a2 = /requ[e]sts\.(get|post)\(\s?["']https?:\/\//
    $a3 = "urlre\x74rieve("
    $x1 = /\bex[e]c\(/
    $x2 = /os\.sys[t]em\(/
    $x3 = /subpr[o]cess\.(Popen|call|run|check_output)\(/
    $c1 = /cl[a]ss \w{1,40}\(\s?(install|develop|egg_info|build_py|_install)\s?\)/
    $c2 = "cmdc\x6cass"
  condition:
    filesize < 200KB and any of ($s*) and $u and any of ($a*) and (($x1 and ($a1 or $a2)) or (any of ($x2, $x3) and $c1 and $c2))
}

rule setup_py_encoded {
  meta:
    description = "A setup.py that decodes and runs a hidden text, or starts a hidden process"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1027"
    filetypes = "interpretable,python-bytecode"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $s1 = "from set\x75ptools"
    $s2 = "import se\x74uptools"
    $u = "se\x74up("
    $a1 = /ex[e]c\(\s?(base64|__import__|zlib|Fernet|compile\(base64)/
    $a2 = /b64dec[o]de\(\s?b?["'][A-Za-z0-9+\/=]{60,}/
    $a3 = /power[s]hell[^\n]{0,80}(-EncodedCommand|-enc |hidden)/ nocase
    $x1 = /subpr[o]cess\.Popen\([^\n]{0,200}(creationflags|CREATE_NO_WINDOW|0x08000000)/
    $x2 = /os\.sys[t]em\(/
    $x3 = /\bex[e]c\(/
  condition:
    filesize < 500KB and any of ($s*) and $u and ($a1 or ($a2 and any of ($x*)) or ($a3 and any of ($x1, $x2)))
}

rule setup_py_reports_host {
  meta:
    description = "A setup.py that reports the machine's name, user and folder while the package is installed"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1082"
    filetypes = "interpretable,python-bytecode"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $s1 = "from set\x75ptools"
    $s2 = "import se\x74uptools"
    $u = "se\x74up("
    $h1 = "socket.ge\x74hostname()"
    $h2 = "getpass.\x67etuser()"
    $h3 = "os.ge\x74cwd()"
    $h4 = "platfo\x72m.node()"
    $h5 = "os.en\x76iron"
    $n1 = "requ\x65sts."
    $n2 = "url\x6fpen("
    $n3 = "http.c\x6cient"
    $n4 = "gethos\x74byname("
    $c = /cl[a]ss \w{1,40}\(\s?(install|develop|egg_info|build_py|_install)\s?\)/
  condition:
    filesize < 200KB and any of ($s*) and $u and 2 of ($h*) and any of ($n*) and $c
}

rule python_path_hook {
  meta:
    description = "A .pth file that runs code at every start of Python"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1546,T1059.006"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $a = /^imp[o]rt [^\n]{0,80}(exec\(|eval\()[^\n]{0,40}(b64decode|decompress|urlopen|loads|fromhex|decode\()/
    $b = /^imp[o]rt [^\n]{0,80}(subprocess\.(Popen|run|call)\(|os\.system\()[^\n]{0,200}\n/
  condition:
    filesize < 500KB and any of them
}

rule litellm_style_hook {
  meta:
    description = "The TeamPCP credential thief: a start-up hook that packs secrets into an encrypted archive and sends it"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1195.002,T1552"
    filetypes = "interpretable,python-bytecode"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $a1 = "litellm_\x69nit.pth"
    $a2 = "tpcp.\x74ar.gz"
    $a3 = "models.lit\x65llm.cloud"
    $a4 = "checkm\x61rx.zone"
    $a5 = "scan.aquas\x65curtiy.org"
    $a6 = "tpcp-\x64ocs"
    $a8 = "TeamPCP Cl\x6fud stealer"
    $b1 = "/var/run/secret\x73/kubernetes.io"
    $b2 = "ope\x6essl"
    $b3 = "cu\x72l"
    $b4 = "X-Fil\x65name"
    $b5 = "subpr\x6fcess"
    $b6 = "169.254.\x3169.254"
  condition:
    filesize < 2MB and any of ($a1, $a2, $a3, $a4, $a5, $a6, $a8) and 2 of ($b*)
}

rule python_package_import_fetch {
  meta:
    description = "A module that starts a hidden Python process with an encoded text when it is imported"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $a = /subpr[o]cess\.(Popen|run|call)\(\s?\[\s?(sys\.executable|["']python3?["'])\s?,\s?["']-c["']\s?,[^\n]{0,160}(b64decode|urlopen|exec\()/
    $b = /os\.sys[t]em\(\s?f?["']python3? -c [^\n]{0,160}(b64decode|urlopen)/
  condition:
    filesize < 2MB and any of them
}

rule gem_extension_fetches {
  meta:
    description = "A gem's build script that fetches and runs something"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $a1 = "mk\x6df"
    $a2 = "create_m\x61kefile"
    $a3 = "Gem::Specif\x69cation.new"
    $x1 = /(sys[t]em|exec|`|%x[\{(\[])\(?["']?(curl|wget) [^\n]{1,200}(\| ?(ba)?sh|chmod|&& ?\.\/)/
    $x2 = /ev[a]l\(?\s?(URI\.)?open\(["']https?:/
    $x3 = /eval\(?\s?Base64\.dec[o]de64/
  condition:
    filesize < 200KB and any of ($a*) and any of ($x*)
}

rule cargo_build_fetches {
  meta:
    description = "A Rust build script that runs a download through a shell"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $a = "cargo:r\x65run-if"
    $a2 = "fn m\x61in()"
    $b = /Com[m]and::new\(\s?"(sh|bash|curl|wget|powershell)"/
    $c = /(curl|wget)[^\n]{1,200}(\| ?(ba)?sh|ch[m]od \+x)/
    $d = /Com[m]and::new\(\s?"(\/tmp|\.\/|\/dev\/shm)/
  condition:
    filesize < 200KB and ($a or $a2) and $b and ($c or $d)
}

rule go_init_downloads {
  meta:
    description = "Go source that fetches and starts something when its package is loaded"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $i = /fu[n]c init\(\) ?\{/
    $x1 = /exec\.Com[m]and\("(\/bin\/)?(ba)?sh", ?"-c", ?[^\n]{0,200}(wget|curl|base64)/
    $x2 = /exec\.Com[m]and\("(\/bin\/)?(ba)?sh", ?"-c", ?(strings\.Join|\w{1,20}\[[0-9]{1,3}\] ?\+)/
  condition:
    filesize < 500KB and $i and any of ($x*)
}

rule composer_script_fetches {
  meta:
    description = "A composer.json whose hooks fetch and run something"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $a = /"(post|pre)-(install|update|auto[l]oad-dump|package-install|root-package-install)(-cmd)?"\s?:\s?\[?\s?"[^"\n]{0,200}(curl|wget|php -r)[^"\n]{1,200}(\| ?(ba)?sh|eval|chmod|system\()/
  condition:
    filesize < 200KB and $a
}

rule pip_config_foreign_index {
  meta:
    description = "Package manager settings that trust an unencrypted or bare-address package index"
    severity = "low"
    confidence = "medium"
    intent = "hygiene"
    techniques = "T1195.002"
    filetypes = "interpretable"
    advice = "Whoever answers at that address decides what is installed. Use TLS and a name that you own."
  strings:
    $a = /(index-url|extra-index-url|registry)\s?=\s?["']?ht[t]p:\/\/([0-9]{1,3}\.){3}[0-9]{1,3}/
    $b = /tru[s]ted-host\s?=\s?([0-9]{1,3}\.){3}[0-9]{1,3}/
  condition:
    filesize < 64KB and any of them
}

rule workflow_secrets_dump {
  meta:
    description = "A build workflow that prints or sends all secrets"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1552"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $a = /\$\{\{\s?toJSON\(sec[r]ets\)\s?\}\}/ nocase
    $s1 = "webho\x6fk.site"
    $s2 = /cu[r]l [^\n]{0,200}(-d|--data|-F)/
    $s3 = "ba\x73e64 -w"
    $s4 = "t\x65e "
    $s5 = "actions/upl\x6fad-artifact"
  condition:
    filesize < 200KB and $a and any of ($s*)
}

rule changed_files_action {
  meta:
    description = "The tampered GitHub action of March 2025: a script that reads the runner's memory for secrets"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1195.002,T1552"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $a = "gist.githubusercont\x65nt.com/nikitastupin"
    $b = "memd\x75mp.py"
    $c = "Runner.\x57orker"
    $d = /grep -aoE ['"]"\[\^"\]\+":\\?\{"va[l]ue":"/
  condition:
    filesize < 2MB and 2 of them
}

rule node_secrets_and_environment {
  meta:
    description = "A short piece of JavaScript that puts keys, tokens and the whole environment into one message and sends it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1195.002,T1552"
    filetypes = "interpretable"
    advice = "Take the package out, see which machines built with it, and renew every secret that those could read."
  strings:
    $e = /:\s?pro[c]ess\.env\s?[,}]/
    $j = "JSON.str\x69ngify("
    $r = /readF[i]le(Sync)?\(/
    $h = /homed[i]r\(\)/
    $f1 = ".np\x6drc"
    $f2 = ".ssh/\x69d_"
    $f3 = ".aws/cred\x65ntials"
    $f4 = ".docker/co\x6efig.json"
    $f5 = ".git-cred\x65ntials"
    $f6 = ".kube/c\x6fnfig"
    $s = /https?\.requ[e]st\(|fet[c]h\(|axios\.po[s]t\(/
  condition:
    filesize < 64KB and $e and $j and $r and $h and 2 of ($f*) and $s
}
