// Code that collects keys, tokens and passwords and sends them away (T1552, T1528, T1555).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule metadata_credentials_sent {
  meta:
    description = "A script that asks the cloud's metadata service for the machine's credentials and sends them somewhere"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1552.005,T1041"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a1 = "169.254.169.254/latest/meta-data/iam/s\x65curity-credentials"
    $a2 = /169\.254\.170\.2["']?\$?\{?AWS_CONTAINER_CREDE[N]TIALS_RELATIVE_URI/
    $a3 = "metadata.google.internal/computeM\x65tadata/v1/instance/service-accounts"
    $a4 = "169.254.169.254/metadata/ident\x69ty/oauth2/token"
    $a5 = "100.100.100.200/latest/meta-data/ram/s\x65curity-credentials"
    $s1 = /cu[r]l [^\n]{0,120}(-F|--form|-d|--data|--data-binary|-T|--upload-file)[ =][^\n]{0,80}@/
    $s2 = /cu[r]l [^\n]{0,160}(-F|--form) ["']?[a-z_]{1,20}=[^\n]{0,80}https?:\/\//
    $s3 = /\| ?(curl [^\n]{0,80}(-d|--data-bin[a]ry|--data) ?@-|nc [0-9a-z.\-]{4,60} [0-9]{2,5})/
    $s4 = /wg[e]t [^\n]{0,60}--post-(data|file)/
    $s5 = /cu[r]l [^\n]{0,80}-X POST[^\n]{0,160}(-d|--data)[^\n]{0,80}\$/
  condition:
    filesize < 2MB and any of ($a*) and any of ($s*)
}

rule aws_credential_functions {
  meta:
    description = "The credential functions of TeamTNT and its imitators"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1552.001,T1552.005"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a1 = "get_aw\x73_data"
    $a2 = "get_aws\x63li_data"
    $a3 = "get_aw\x73_infos"
    $a4 = "get_google_\x63loud_data"
    $a5 = "get_a\x7aure"
    $a6 = "send_a\x77s_data"
    $a7 = "CRED_FI\x4cE_NAMES"
    $a8 = "ACF_F\x49LES"
    $a9 = "AWS_CRE\x44S_FILES"
    $a10 = "get_pr\x6fv_vars"
    $a11 = "notr\x61ces"
    $a12 = "run_aws_\x67rabber"
  condition:
    filesize < 2MB and 2 of them
}

rule many_secret_files {
  meta:
    description = "A program or script that goes through the files in which many different tools keep their secrets"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552.001,T1552.004"
    filetypes = "elf,interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $f1 = ".aws/cred\x65ntials"
    $f2 = ".docker/co\x6efig.json"
    $f3 = ".kube/c\x6fnfig"
    $f4 = ".ssh/i\x64_rsa"
    $f5 = ".git-cred\x65ntials"
    $f6 = ".np\x6drc"
    $f7 = ".pyp\x69rc"
    $f8 = ".config/\x67cloud"
    $f9 = ".azure/acces\x73Tokens.json"
    $f10 = ".ne\x74rc"
    $f11 = ".bash_h\x69story"
    $f12 = ".pgp\x61ss"
    $f13 = ".s3c\x66g"
    $f14 = ".e\x6ev"
    $f15 = "filezilla/rec\x65ntservers.xml"
    $f16 = ".bo\x74o"
    $f17 = ".config/gh/\x68osts.yml"
    $f18 = ".terraform.d/\x63redentials"
    $f19 = ".vault-\x74oken"
    $s1 = /cu[r]l [^\n]{0,160}(-F|--form|-T|--data-binary)[ =]/
    $s2 = "sendDo\x63ument"
    $s3 = "discord.com/\x61pi/webhooks"
    $s4 = "reques\x74s.post("
    $s5 = "https.r\x65quest("
    $s6 = "axio\x73.post("
    $s7 = "fe\x74ch("
    $s8 = "url\x6fpen("
    $s9 = "http.New\x52equest"
    $s10 = "webho\x6fk.site"
    $s11 = "POST / \x48TTP/1"
  condition:
    filesize < 5MB and 6 of ($f*) and any of ($s*)
}

rule key_collector_script {
  meta:
    description = "A script that searches all homes for private keys and sends what it finds"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552.004,T1041"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a = /fi[n]d (\/|\/root|\/home|~|\$HOME)[^\n]{0,120}-name ["']?(id_rsa|id_dsa|id_ed25519|id_\*|\*\.pem|known_hosts|\.env|wp-config\.php|credentials|\*\.key|\*\.kdbx)/
    $b = /(cat|tar|cp|zip) [^\n]{0,80}(\/root|\/home\/\*)\/\.s[s]h\/(id_|\*)/
    $s1 = /cu[r]l [^\n]{0,160}(-F|--form|-T|--upload-file|-d ?@|--data-binary ?@?)/
    $s2 = /\| ?n[c] [0-9a-z.\-]{4,60} [0-9]{2,5}/
    $s3 = "sendDo\x63ument"
    $s4 = "trans\x66er.sh"
    $s5 = /scp [^\n]{0,80}StrictHost[K]eyChecking=no/
  condition:
    filesize < 2MB and any of ($a, $b) and any of ($s*)
}

rule service_account_token_sent {
  meta:
    description = "The pod's service account token is sent to an address outside the cluster"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1528,T1552.007,T1041"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $t = "/var/run/secrets/kubern\x65tes.io/serviceaccount"
    $s1 = /cu[r]l [^\n]{0,160}(-F|--form|-T|-d|--data|--data-binary)[ =][^\n]{0,60}(@\/var\/run\/secrets|\$\(cat \/var\/run\/secrets|@-)/
    $s2 = /cat \/var\/run\/secrets\/kubernetes\.io\/service[a]ccount\/token[^\n]{0,40}\| ?(base64[^\n|]{0,20}\| ?)?(curl|nc|wget|openssl s_client)/
  condition:
    filesize < 2MB and $t and any of ($s*)
}

rule environment_sent {
  meta:
    description = "A script that sends the whole environment, with the secrets in it, to an address"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552,T1041"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a = /\b(env|printenv|set|export -p|cat \/proc\/(self|1|\*|\$\$)\/environ) ?\| ?(base64[^\n|]{0,20}\| ?|gzip[^\n|]{0,20}\| ?|tr [^\n|]{1,20}\| ?)?cu[r]l [^\n]{0,120}(-d|--data|--data-binary|-F|-T)/
    $c = /\b(env|printenv|set|export -p|cat \/proc\/(self|1|\*|\$\$)\/environ) ?\| ?(base64[^\n|]{0,20}\| ?|gzip[^\n|]{0,20}\| ?)?wg[e]t [^\n]{0,60}--post/
    $d = /\b(env|prin[t]env|set|export -p|cat \/proc\/(self|1|\*|\$\$)\/environ)( \| base64[^\n|]{0,20})? \| nc [0-9a-z.\-]{4,60} [0-9]/
    $b = /cu[r]l [^\n]{0,120}(-d|--data|--data-binary|-F)[ =]["']?[a-z=]{0,10}(\$\(|`)(env|printenv|cat \/proc\/(self|1)\/environ)\b/
  condition:
    filesize < 2MB and any of them
}

rule process_memory_secrets {
  meta:
    description = "A script or program that reads other processes' memory in order to find passwords or tokens"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1003.007,T1552"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $m1 = /\/pr[o]c\/(\$\{?[a-zA-Z_]{1,12}\}?|%d|%s|\{[a-z_]{1,12}\}|["'] ?\+ ?\w{1,20} ?\+ ?["']|\*)\/mem\b/
    $m2 = /\/pr[o]c\/(\$\{?[a-zA-Z_]{1,12}\}?|%d|%s|\{[a-z_]{1,12}\}|["'] ?\+ ?\w{1,20} ?\+ ?["']|\*)\/maps\b/
    $w1 = "Runner.\x57orker"
    $w2 = "isSe\x63ret"
    $w3 = "gnome-keyr\x69ng-daemon"
    $w4 = "ss\x68d:"
    $w5 = "_pammodutil_g\x65tpwnam_root_1"
    $w6 = "libg\x63rypt"
    $w7 = "-----BEGIN OPEN\x53SH PRIVATE"
  condition:
    filesize < 2MB and all of ($m*) and 2 of ($w*)
}

rule mimipenguin_tool {
  meta:
    description = "mimipenguin, which digs login passwords out of memory"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1003.007"
    filetypes = "elf,interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a = "mimip\x65nguin" nocase
    $b1 = "gnome-keyr\x69ng-daemon"
    $b2 = "_pammoduti\x6c_getpwnam"
    $b3 = "vsf\x74pd"
    $b4 = "/pr\x6fc/"
  condition:
    filesize < 5MB and $a and 2 of ($b*)
}

rule lazagne_tool {
  meta:
    description = "LaZagne, which collects stored passwords of dozens of programs"
    severity = "high"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1555"
    filetypes = "elf,interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a1 = "Alessandr\x6fZ/LaZagne"
    $a2 = "The LaZag\x6ee Project"
    $a3 = "lazagne.s\x6fftwares"
    $a4 = "lazagn\x65.config"
  condition:
    filesize < 60MB and any of them
}

rule browser_stealer {
  meta:
    description = "Code that reads the saved passwords and cookies of browsers and sends them away"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1555.003,T1539"
    filetypes = "elf,interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $b1 = "Logi\x6e Data"
    $b2 = "Local \x53tate"
    $b3 = "os_c\x72ypt"
    $b4 = "encryp\x74ed_key"
    $b5 = "Web \x44ata"
    $b6 = "ke\x794.db"
    $b7 = "login\x73.json"
    $b8 = "cookie\x73.sqlite"
    $d1 = "CryptUnpr\x6ftectData"
    $d2 = "Chrome Sa\x66e Storage"
    $d4 = "SELECT origin_url, username_va\x6cue, password_value FROM logins"
    $d5 = "AES.\x6eew("
    $d6 = "createDe\x63ipheriv"
    $d7 = "salt\x79salt"
    $s1 = "discord.com/\x61pi/webhooks"
    $s2 = "api.teleg\x72am.org/bot"
    $s4 = "gofi\x6ce.io"
    $s6 = "anon\x66iles"
  condition:
    filesize < 60MB and 3 of ($b*) and any of ($d1, $d2, $d4, $d5, $d6, $d7) and any of ($s1, $s2, $s4, $s6)
}

rule wallet_stealer {
  meta:
    description = "Code that goes through the folders of many cryptocurrency wallets and sends them away"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1555,T1005"
    filetypes = "elf,interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $w1 = "Exodus/exo\x64us.wallet"
    $w2 = "exodus.\x77allet"
    $w3 = "Electru\x6d/wallets"
    $w4 = "atomic/Loc\x61l Storage"
    $w5 = "nkbihfbeogaeaoeh\x6cefnkodbefgpgknn"
    $w6 = "bfnaelmomeimhlpm\x67jnjophhpkkoljpa"
    $w7 = "ibnejdfjmmkpcnlp\x65bklmnkoeoihofec"
    $w8 = "solana/\x69d.json"
    $w9 = "wall\x65t.dat"
    $w10 = "Ledge\x72 Live"
    $w11 = "fhbohimaelbohpjb\x62ldcngcnapndodjp"
    $w12 = "hnfanknocfeofbdd\x67cijnmhnfnkdnaad"
    $s1 = "ht\x74p"
    $s2 = "PO\x53T"
  condition:
    filesize < 60MB and 4 of ($w*) and all of ($s*)
}

rule discord_token_stealer {
  meta:
    description = "Code that takes Discord tokens out of local storage"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1528,T1539"
    filetypes = "elf,interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $r1 = /\[\\[w]-\]\{24\}\\\.\[\\w-\]\{6\}\\\.\[\\w-\]\{2[57],?(38|110)?\}/
    $r2 = /m[f]a\\\.\[\\w-\]\{84\}/
    $r3 = "dQw4w9\x57gXcQ:"
    $p1 = "lev\x65ldb"
    $p2 = "discor\x64canary"
    $p3 = "disco\x72dptb"
    $p4 = "discord.com/\x61pi/v9/users/@me"
    $p5 = "discordapp.co\x6d/api/v6/users/@me"
  condition:
    filesize < 60MB and any of ($r*) and 2 of ($p*)
}

rule history_secret_grep {
  meta:
    description = "A script that searches shell histories and settings for passwords and keeps what it finds"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552.003"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a = /(cat|grep|strings)[^\n]{0,80}\.bash_his[t]ory[^\n]{0,120}(pass|token|secret|mysql|ssh|curl)/
    $b = /gr[e]p -[a-zA-Z]{0,4}r[a-zA-Z]{0,4} [^\n]{0,80}(AKIA|aws_secret|password|BEGIN RSA)[^\n]{0,80}(\/home|\/root|\/var\/www|\/etc)/
    $c = /gr[e]p [^\n]{0,40}(AKIA|aws_access_key_id)[^\n]{0,100}(\/root|\/home|\/)/
    $s1 = "/t\x6dp/."
    $s2 = "cu\x72l "
    $s3 = "ba\x73e64"
    $s4 = "n\x63 "
  condition:
    filesize < 1MB and 2 of ($a, $b, $c) and any of ($s*)
}

rule sudo_password_trap {
  meta:
    description = "A false sudo or su that asks for the password, keeps it and then calls the real one"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1056.004,T1548.003"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a = /(function |alias )?su[d]o\s?(\(\)|=)/
    $b = /re[a]d -(rs|s|sr|r -s|s -r)p?/
    $c = /\[sudo\] pass[w]ord for/
    $d = /(>>|cu[r]l |nc |wget )/
    $e = /\/usr\/bin\/su[d]o -S/
  condition:
    filesize < 64KB and $a and $b and $c and $d and $e
}

rule keylogger_program {
  meta:
    description = "A program that records key strokes from the input devices or the X server"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1056.001"
    filetypes = "elf,interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a1 = "/dev/inp\x75t/event"
    $a2 = "XRecordEna\x62leContext"
    $a3 = "xinpu\x74 test"
    $a4 = "pynput.k\x65yboard"
    $a5 = "/proc/bus/in\x70ut/devices"
    $b1 = "key\x6cog" nocase
    $b2 = "[BACK\x53PACE]" nocase
    $b3 = "<LSh\x69ft>"
    $b4 = "[EN\x54ER]" nocase
    $b5 = "keyst\x72okes" nocase
    $s1 = "sm\x74p"
    $s2 = "api.tele\x67ram.org"
    $s3 = "reques\x74s.post("
    $s4 = "/t\x6dp/."
    $s5 = "sen\x64to"
  condition:
    filesize < 10MB and any of ($a*) and 2 of ($b*) and any of ($s*)
}

rule secret_scanner_turned_loose {
  meta:
    description = "A secret scanner is fetched and run over the victim's files, and its results are sent away"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552.001"
    filetypes = "elf,interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $a1 = "trufflehog \x66ilesystem"
    $a2 = "trufflesecurity/t\x72ufflehog/releases"
    $a3 = "gitleak\x73 detect"
    $a4 = "\"truff\x6cehog\""
    $a5 = "truffle\x68og.tar.gz"
    $b1 = "/user/\x72epos"
    $b2 = "webho\x6fk.site"
    $b3 = ".github/w\x6frkflows"
    $b4 = "npm pu\x62lish"
    $b5 = "s1ngul\x61rity"
    $b6 = "shai-\x68ulud" nocase
    $b7 = "registry.npm\x6as.org/-/whoami"
    $b8 = "npm/v1/\x75ser"
  condition:
    filesize < 20MB and any of ($a*) and 2 of ($b*)
}

rule secret_files_swept {
  meta:
    description = "A short script that goes through the places where several tools keep their secrets, and sends what it reads"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1552.001,T1552.004,T1041"
    filetypes = "interpretable,python-bytecode"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $f1 = ".aws/cred\x65ntials"
    $f2 = ".docker/co\x6efig.json"
    $f3 = ".kube/c\x6fnfig"
    $f4 = /\.s[s]h\/id_/
    $f5 = ".git-cred\x65ntials"
    $f6 = ".np\x6drc"
    $f7 = ".pyp\x69rc"
    $f8 = ".config/\x67cloud"
    $f9 = ".az\x75re/"
    $f10 = ".ne\x74rc"
    $f11 = "wallet\x2edat"
    $f12 = ".pgp\x61ss"
    $f13 = "kubernetes.io/service\x61ccount/token"
    $f14 = "security-cred\x65ntials"
    $f15 = "/etc/sh\x61dow"
    $w1 = "expandu\x73er"
    $w2 = /\bglo[b]\b/
    $w3 = "os.w\x61lk"
    $w4 = /\bfo[r] \w{1,20} in [^\n]{0,200}(\/root|\/home|\$HOME|~)/
    $w5 = /fin[d] (\/|~|\$HOME)/
    $w6 = "homed\x69r("
    $w7 = /\$\{?HOM[E]\}?\/\.|\/hom[e]\/\*/
    $s1 = /cu[r]l [^\n]{0,160}(-F|--form|-T|--upload-file|-d|--data|--data-binary)[ =]/
    $s2 = "reques\x74s.post("
    $s3 = /https?\.requ[e]st\(/
    $s4 = "axio\x73.post("
    $s5 = "url\x6fpen("
    $s6 = "sendDo\x63ument"
    $s7 = /fet[c]h\([^\n]{0,120}POST/
    $s8 = "http.P\x6fst("
    $s9 = /\.sendal[l]\(/
  condition:
    filesize < 64KB and 4 of ($f*) and any of ($w*) and any of ($s*)
}

rule cluster_secrets_taken {
  meta:
    description = "A script that reads the secrets of a cluster with the pod's token and sends them on"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1528,T1552.007,T1610"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $t = "kubernetes.io/service\x61ccount"
    $r = /\/api\/v1\/(namespaces\/[^\n\/]{1,60}\/)?secre[t]s\b/
    $u = /cu[r]l [^\n]{0,160}(-F|--form|-T|--upload-file|--data-binary|-d) ?@?["']?(\/tmp|\/var\/tmp|\/dev\/shm|\$|@|-)/
  condition:
    filesize < 1MB and all of them
}

rule cluster_pods_with_host {
  meta:
    description = "A script that starts pods with the pod's own token, and gives them the host"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1610,T1611,T1528"
    filetypes = "interpretable"
    advice = "Take the right to create pods from that service account, and look for what it started."
  strings:
    $t = "kubernetes.io/service\x61ccount"
    $c = /\/(daemonse[t]s|deployments|pods|cronjobs|jobs)\b/
    $p = /"?(privileg[e]d|hostPID|hostNetwork)"?\s?:\s?true/
    $m = /-X ?["']?PO[S]T|--data|-d ['"]?\{|requests\.post|method=["']POST/
  condition:
    filesize < 1MB and all of them
}

rule sudo_password_wrapper {
  meta:
    description = "A program in the place of sudo that asks for the password as sudo does, keeps or sends it, and hands everything on"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1056,T1574.007"
    filetypes = "interpretable"
    advice = "Assume that every secret reachable from where this ran is known to strangers: revoke and renew them all."
  strings:
    $c = /\[sudo\] pass[w]ord for/
    $b = /\bre[a]d -[a-z]{0,3}s/
    $e = /\bsu[d]o -S [^\n]{0,20}["']?\$[@*]/
    $d = /(>>|\b(cu[r]l|nc|wg[e]t) )/
  condition:
    filesize < 64KB and all of them
}
