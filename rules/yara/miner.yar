// Programs, scripts and settings that spend a machine on somebody else's coins (T1496.001).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule xmrig_program {
  meta:
    description = "XMRig or a fork of it: the options and algorithm names of a Monero miner in one program"
    severity = "critical"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001,T1204.003"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $name = "XM\x52ig" nocase
    $o1 = "--donat\x65-level"
    $o2 = "--rando\x6dx-mode"
    $o3 = "--nice\x68ash"
    $o4 = "--cpu-max-th\x72eads-hint"
    $o5 = "--ri\x67-id"
    $a1 = "crypt\x6fnight"
    $a2 = "Ran\x64omX"
    $a3 = "rx/\x77ow"
    $a4 = "cn-hea\x76y/xhv"
    $u = "strat\x75m+tcp://"
  condition:
    uint32(0) == 0x464c457f and (2 of ($o*) and ($name or $u) and any of ($a*))
}

rule xmrig_embedded_settings {
  meta:
    description = "A program with XMRig's settings compiled in: a miner that needs no settings file"
    severity = "critical"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $s1 = "\"donat\x65-level\""
    $s2 = "\"donate-o\x76er-proxy\""
    $s3 = "\"huge-\x70ages\""
    $s4 = "\"work\x65r-id\""
    $s5 = "\"ran\x64omx\""
    $s6 = "\"ri\x67-id\""
    $s7 = "\"self-s\x65lect\""
  condition:
    uint32(0) == 0x464c457f and 4 of them
}

rule xmrig_settings_file {
  meta:
    description = "Settings of XMRig: a pool list with a donation level and mining algorithms"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $d = /"don[a]te-(level|over-proxy)"\s*:/
    $p = /"po[o]ls"\s*:\s*\[/
    $k1 = /"(randomx|rig-id|huge-pages|nicehash|max-threads-hint|keep[a]live)"\s*:/
  condition:
    filesize < 1MB and all of them
}

rule stratum_protocol_in_program {
  meta:
    description = "A program that speaks the stratum mining protocol: subscribes, authorizes and submits shares"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $m1 = "mining.s\x75bscribe"
    $m2 = "mining.a\x75thorize"
    $m3 = "mining.\x73ubmit"
    $m4 = "mining.\x6eotify"
    $m5 = "mining.set_\x64ifficulty"
  condition:
    uint32(0) == 0x464c457f and 3 of them
}

rule cryptonote_login_in_program {
  meta:
    description = "A program that logs in at a CryptoNote mining pool with algorithm names, as Monero miners do"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $l = /"met[h]od"\s?:\s?"login"/
    $s = /"met[h]od"\s?:\s?"submit"/
    $k = /"method"\s?:\s?"keepa[l]ived"/
    $j = "jo\x62_id"
    $n = "\"no\x6ece\""
    $a = /"al[g]o"\s?:\s?\[/
    $r = "\"r\x78/0\""
  condition:
    uint32(0) == 0x464c457f and ($l and ($j or $s) and 2 of ($k, $n, $a, $r))
}

rule stratum_url_in_script {
  meta:
    description = "A script or settings file that names a mining pool by its stratum address together with a miner's option"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001,T1059.004"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $u = /str[a]tum[12]?\+(tcp|ssl|tls|tcps):\/\/[a-z0-9.\-]{3,80}:[0-9]{2,5}/ nocase
    $o1 = "--donat\x65-level"
    $o2 = "--al\x67o"
    $o3 = "--co\x69n"
    $o4 = "--nice\x68ash"
    $o5 = / -[u] ['"]?[13489A-HJ-NP-Za-z][0-9A-HJ-NP-Za-km-z]{25,105}/
    $o6 = " -p \x78"
    $o7 = "--us\x65r"
    $o8 = "--wor\x6ber"
    $o9 = "no\x68up "
  condition:
    filesize < 1MB and $u and any of ($o*)
}

rule monero_wallet_argument {
  meta:
    description = "A Monero address given to a miner as its user"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf,interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $u1 = / -[u] 4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
    $u2 = /--us[e]r[ =]['"]?4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
    $u3 = /"us[e]r"\s?:\s?"4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
    $u4 = /--wal[l]et[ =]['"]?4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
    $u5 = /(WALLET|wallet|WALLET_ADD[R]ESS)=['"]?4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/
  condition:
    filesize < 20MB and any of them
}

rule known_pool_in_program {
  meta:
    description = "A program that carries the address of a public mining pool and speaks a mining protocol"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $p1 = "suppor\x74xmr.com"
    $p2 = "nanop\x6fol.org"
    $p3 = "monerooc\x65an.stream"
    $p4 = "minex\x6dr.com"
    $p5 = "c3p\x6fol."
    $p6 = "hashva\x75lt.pro"
    $p7 = "2mine\x72s.com"
    $p8 = "heromi\x6eers.com"
    $p9 = "f2poo\x6c.com"
    $p10 = "minerg\x61te.com"
    $p11 = "xmr\x70ool."
    $p12 = "monero\x68ash.com"
    $p13 = "unmine\x61ble.com"
    $p14 = "kryptex.\x6eetwork"
    $p15 = "p2po\x6fl.io"
    $p16 = "auto.nic\x65hash.com"
    $p17 = "hashva\x75lt.com"
    $p18 = "crypto-\x70ool.fr"
    $p19 = "dwarfp\x6fol.com"
    $m1 = "str\x61tum"
    $m2 = "don\x61te"
    $m3 = "hash\x72ate"
    $m4 = "jo\x62_id"
    $m5 = "min\x69ng."
  condition:
    uint32(0) == 0x464c457f and any of ($p*) and 2 of ($m*) and not 12 of ($p*)
}

rule known_pool_in_script {
  meta:
    description = "A script or settings file that points something at a public mining pool, with its port"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1059.004"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $p1 = /suppo[r]txmr\.com:[0-9]{2,5}\b/
    $p2 = /nano[p]ool\.org:[0-9]{2,5}\b/
    $p3 = /moner[o]ocean\.stream:[0-9]{2,5}\b/
    $p4 = /min[e]xmr\.com:[0-9]{2,5}\b/
    $p5 = /c3po[o]l\.(com|org):[0-9]{2,5}\b/
    $p6 = /hash[v]ault\.pro:[0-9]{2,5}\b/
    $p7 = /2min[e]rs\.com:[0-9]{2,5}\b/
    $p8 = /herom[i]ners\.com:[0-9]{2,5}\b/
    $p9 = /f2po[o]l\.com:[0-9]{2,5}\b/
    $p10 = /mine[r]gate\.com:[0-9]{2,5}\b/
    $p11 = /xmr[p]ool\.(eu|net|de):[0-9]{2,5}\b/
    $p12 = /moner[o]hash\.com:[0-9]{2,5}\b/
    $p13 = /unmin[e]able\.com:[0-9]{2,5}\b/
    $p14 = /kry[p]tex\.network:[0-9]{2,5}\b/
    $p15 = /auto\.nice[h]ash\.com:[0-9]{2,5}\b/
    $p16 = /cry[p]to-pool\.fr:[0-9]{2,5}\b/
    $p17 = /dwar[f]pool\.com:[0-9]{2,5}\b/
    $m1 = "xm\x72ig" nocase
    $m2 = "str\x61tum"
    $m3 = "don\x61te"
    $m4 = "wal\x6cet" nocase
    $m5 = " -\x6f "
    $m6 = "--u\x72l"
    $m7 = "\"u\x72l\""
    $m8 = "no\x68up"
    $m9 = "PO\x4fL"
  condition:
    filesize < 1MB and any of ($p*) and any of ($m*) and not 8 of ($p*)
}

rule miner_options_in_script {
  meta:
    description = "A script that starts a program with the options of a CPU miner"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1059.004"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $o1 = /--don[a]te-level[ =][0-9]/
    $o2 = /--cpu-max-thr[e]ads-hint[ =][0-9]/
    $o3 = /--co[i]n[ =](monero|xmr|XMR)/
    $o4 = /--al[g]o[ =](rx\/|cn\/|randomx|cryptonight|ghostrider|kawpow|verus)/ nocase
    $o5 = "--randomx-1\x67b-pages"
    $o6 = "--nice\x68ash"
    $o7 = "--ri\x67-id"
    $o8 = /--cpu-prio[r]ity[ =][0-9]/
    $o9 = "--no-color --b\x61ckground"
  condition:
    filesize < 1MB and 2 of them
}

rule xmrig_download {
  meta:
    description = "A script that fetches a miner's release and unpacks or starts it"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001,T1105"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $d1 = /github\.com\/(xmrig|MoneroOcean)\/xmrig\/rele[a]ses/
    $d2 = /github\.com\/doktor83\/SRBM[i]ner-Multi\/releases/
    $d3 = /github\.com\/(rplant8|JayDDee)\/cpum[i]ner-opt[a-z0-9-]*\/releases/
    $d4 = /github\.com\/trex[m]iner\/T-Rex\/releases/
    $d5 = /github\.com\/Lolli[e]dieb\/lolMiner-releases\/releases/
    $d6 = /xm[r]ig-[0-9.]{5,8}-(linux|freebsd)-[a-z0-9-]{3,20}\.tar\.gz/
    $r1 = "t\x61r "
    $r2 = "ch\x6dod "
    $r3 = "no\x68up "
    $r4 = "syst\x65mctl "
    $r5 = "./xm\x72ig"
  condition:
    filesize < 1MB and any of ($d*) and any of ($r*)
}

rule pool_installer_script {
  meta:
    description = "The one-line installer of a Monero pool, which sets up a miner as a service"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001,T1543.002"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $a1 = "setup_moner\x6focean_miner"
    $a2 = "moneroocean_\x6diner.service"
    $a3 = "setup_c3p\x6fol_miner"
    $a4 = "c3pool_min\x65r.service"
    $a5 = "uninstall_mon\x65roocean_miner"
    $b1 = "wal\x6cet" nocase
    $b2 = "xm\x72ig" nocase
    $b3 = "syst\x65mctl"
    $b4 = "cu\x72l "
    $b5 = "ba\x73h "
  condition:
    filesize < 1MB and any of ($a*) and any of ($b*)
}

rule miner_service_unit {
  meta:
    description = "A service unit that starts a miner"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001,T1543.002"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $u = "[Ser\x76ice]"
    $e1 = /Exec[S]tart=[^\n]{0,200}(xmrig|cpuminer|minerd|lolMiner|t-rex|srbminer|nanominer)/ nocase
    $e2 = /Exec[S]tart=[^\n]{0,300}(--donate-level|stratum\+|--coin[ =]monero)/
  condition:
    filesize < 64KB and $u and any of ($e*)
}

rule miner_watchdog {
  meta:
    description = "A script that starts a miner again whenever it has ended"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1059.004"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $p1 = /p(grep|idof)[^\n]{0,40}(xmrig|xmr-stak|kdevt[m]pfsi|cpuminer|minerd)/
    $p2 = /ps [^\n]{0,60}gr[e]p[^\n]{0,40}(xmrig|xmr-stak|kdevtmpfsi|cpuminer|minerd)/
    $s1 = "no\x68up "
    $s2 = "whil\x65 true"
    $s3 = "sl\x65ep "
    $s4 = "set\x73id "
    $x1 = /\.\/(xmrig|xmr-stak|kdevt[m]pfsi|cpuminer|minerd)/
    $x2 = /\/(tmp|dev\/shm|var\/tmp)\/[^\s]{0,60}(xmrig|xmr-stak|kdevt[m]pfsi|cpuminer|minerd)/
  condition:
    filesize < 1MB and any of ($p*) and any of ($s*) and any of ($x*)
}

rule cpuminer_program {
  meta:
    description = "cpuminer or minerd, a miner for many algorithms"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $n1 = "cpum\x69ner"
    $n2 = "min\x65rd"
    $o1 = "--algo=\x41LGO"
    $o2 = "--coinba\x73e-addr"
    $o3 = "--retry-\x70ause"
    $o4 = "--scan\x74ime"
    $s = "strat\x75m+tcp"
  condition:
    uint32(0) == 0x464c457f and any of ($n*) and $s and any of ($o*)
}

rule gpu_miner_program {
  meta:
    description = "A graphics card miner: its name with algorithm and pool words"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $n1 = "lolM\x69ner"
    $n2 = "Phoeni\x78Miner"
    $n3 = "NBM\x69ner"
    $n4 = "TeamRe\x64Miner"
    $n5 = "T-Rex N\x56IDIA"
    $n6 = "GMi\x6eer"
    $n7 = "BzM\x69ner"
    $n8 = "ethm\x69ner"
    $n9 = "nano\x6diner"
    $n10 = "SRBM\x69ner"
    $n11 = "ccm\x69ner"
    $n12 = "Rigel \x6diner"
    $a1 = "eth\x61sh"
    $a2 = "kaw\x70ow"
    $a3 = "auto\x6cykos"
    $a4 = "equi\x68ash"
    $a5 = "veru\x73hash"
    $a6 = "kheav\x79hash"
    $s1 = "str\x61tum"
    $s2 = "hash\x72ate"
    $s3 = "Dev\x46ee"
  condition:
    uint32(0) == 0x464c457f and any of ($n*) and any of ($a*) and any of ($s*)
}

rule xmr_stak_program {
  meta:
    description = "xmr-stak, a Monero miner"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $n = "xmr-\x73tak"
    $c1 = "cpu_thre\x61ds_conf"
    $c2 = "pool_\x6cist"
    $c3 = "use_slo\x77_memory"
    $c4 = "giveu\x70_limit"
  condition:
    uint32(0) == 0x464c457f and $n and 2 of ($c*)
}

rule qubic_miner_program {
  meta:
    description = "A miner of one of the newer CPU coins (Qubic, Dero, Xelis, Spectre)"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $n1 = "qli-C\x6cient"
    $n2 = "rqi\x6eer"
    $n3 = "qub\x69c.li"
    $n4 = "dero-\x6diner"
    $n5 = "xelis_\x6diner"
    $n6 = "spectr\x65-miner"
    $n7 = "astr\x6fbwt"
    $m1 = "hash\x72ate"
    $m2 = "daemon-rp\x63-address"
    $m3 = "acces\x73Token"
    $m4 = "min\x69ng"
    $m5 = "miner-a\x64dress"
  condition:
    uint32(0) == 0x464c457f and any of ($n*) and 2 of ($m*)
}

rule xmrig_proxy_program {
  meta:
    description = "A proxy that collects the work of many Monero miners"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $n = "xmrig-\x70roxy"
    $o1 = "--custo\x6d-diff"
    $o2 = "--mode=\x4dODE"
    $o3 = "--access-\x6cog-file"
    $o4 = "--reuse-t\x69meout"
  condition:
    uint32(0) == 0x464c457f and $n and 2 of ($o*)
}

rule browser_miner_call {
  meta:
    description = "A web page or script that starts a miner in the visitor's browser"
    severity = "medium"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $c1 = /n[e]w (CoinHive|Coinhive|CoinImp|CryptoLoot|CRLT|deepMiner|WMP|Client)\.(Anonymous|User|Token)\(/
    $c2 = /Coin[H]ive\.(Anonymous|User)\(/
    $w1 = /(coinhive|cryptoloot|coinimp|deepminer|webmi[n]epool|crypta|minero)[a-z.\-]{0,20}\.js/ nocase
    $s = ".st\x61rt("
    $t = "thro\x74tle"
  condition:
    filesize < 5MB and ($c2 or ($c1 and ($w1 or $t))) and $s
}

rule wasm_miner {
  meta:
    description = "A WebAssembly module that computes mining hashes"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "wasm"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $a1 = "crypt\x6fnight"
    $a2 = "_cn_slo\x77_hash"
    $a3 = "randomx_cal\x63ulate_hash"
    $a4 = "has\x68_cn"
    $a5 = "yespow\x65r_hash"
  condition:
    2 of them or $a3 or $a5
}

rule miner_machine_tuning {
  meta:
    description = "A script that tunes processor registers and memory pages for RandomX mining"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1059.004"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $m1 = "wrmsr -\x61 0x1a4 0xf"
    $m2 = "wrms\x72 -a 0xc0011020"
    $m3 = "random\x78_boost"
    $m4 = "modprobe msr a\x6clow_writes=on"
    $h1 = "vm.nr_hu\x67epages"
    $h2 = "nr_hug\x65pages"
  condition:
    filesize < 1MB and any of ($m*) and any of ($h*)
}

rule miner_image_in_script {
  meta:
    description = "A script that starts a container image made for mining"
    severity = "medium"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1610"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $r1 = /(docker|podman|nerdctl) r[u]n /
    $r2 = "im\x61ge: "
    $r3 = "/containe\x72s/create"
    $i1 = /(kannix|servet[h]ehome|minecoins|patsissons|bitnn)\/(monero|xmr)[a-z_-]{0,20}/
    $i2 = /[a-z0-9]{2,30}\/(xmrig|xmr-stak|alpine-xmrig|docker-xmrig|monero-miner|cpum[i]ner)[:\s"']/
  condition:
    filesize < 1MB and any of ($r*) and any of ($i*)
}

rule stratum_client_source {
  meta:
    description = "Source code of a stratum mining client"
    severity = "medium"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $m1 = "mining.s\x75bscribe"
    $m2 = "mining.a\x75thorize"
    $m3 = "mining.\x73ubmit"
    $c1 = "import \x73ocket"
    $c2 = "requi\x72e('net')"
    $c3 = "requi\x72e(\"net\")"
    $c4 = "net.\x44ial("
    $c5 = "TcpStrea\x6d::connect"
  condition:
    filesize < 1MB and all of ($m*) and any of ($c*)
}

rule stratum_client_composed {
  meta:
    description = "Source code of a stratum mining client that puts the names of the protocol together while it runs"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1027"
    filetypes = "interpretable,python-bytecode"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $p1 = /["'`]m[i]ning\.(%s|\$\{|\{\w{0,20}\}|#\{)/
    $p2 = /["'`]m[i]ning\.["'`]\s?(\.\.?|\+|<<|,)/
    $w1 = /\bsubscr[i]be\b/
    $w2 = /\bauth[o]rize\b/
    $w3 = /\bsubm[i]t\b/
    $n = "non\x63e"
    $s = /(sha256|scrypt|blake|keccak|struct\.pack|unhexlify|fromhex|pack\()/
  condition:
    filesize < 200KB and any of ($p*) and all of ($w*) and ($n or $s)
}

rule p2pool_setup {
  meta:
    description = "A node of a decentralised Monero pool set up with a wallet"
    severity = "medium"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf,interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $n = "p2p\x6fol"
    $w = /--wal[l]et[ =]/
    $m1 = "--str\x61tum"
    $m2 = "--mi\x6ei"
    $m3 = "--ho\x73t"
    $m4 = "--start-\x6dining"
    $z = "mon\x65ro" nocase
  condition:
    filesize < 30MB and $n and $w and $z and 2 of ($m*)
}

rule miner_hidden_settings {
  meta:
    description = "A script that writes a miner's settings with a wallet into a temporary or hidden folder"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1564.001"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $d = /"don[a]te-level"/
    $w1 = /(cat|echo|pri[n]tf)[^\n]{0,300}>\s?\/(tmp|var\/tmp|dev\/shm)\//
    $w2 = /(cat|echo|printf)[^\n]{0,300}>\s?[^\s]{0,80}\/\.[a-zA-Z0-9_-]{1,30}\/[a-z]{1,20}\.js[o]n/
    $p = /"(url|us[e]r)"/
  condition:
    filesize < 1MB and $d and $p and any of ($w*)
}

rule miner_disguised_program {
  meta:
    description = "A miner that shows itself under the name of a kernel thread or a system service"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1036.005"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $k1 = "[kwo\x72ker/"
    $k2 = "[kthr\x65add]"
    $k3 = "[ksof\x74irqd"
    $k4 = "[watc\x68dogd]"
    $k5 = "[rcu_s\x63hed]"
    $m1 = "str\x61tum"
    $m2 = "donat\x65-level"
    $m3 = "hash\x72ate"
    $m4 = "\"lo\x67in\""
    $m5 = "crypt\x6fnight"
    $m6 = "ran\x64omx" nocase
  condition:
    uint32(0) == 0x464c457f and any of ($k*) and 2 of ($m*)
}

rule chia_farming_script {
  meta:
    description = "A script that fills the disk with Chia plots for a farmer's key"
    severity = "medium"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $c1 = /chia plots cre[a]te [^\n]{0,200}-f [0-9a-f]{96}/
    $c2 = /(blad[e]bit|chia_plot)[^\n]{0,200} -f [0-9a-f]{96}/
    $r1 = "no\x68up"
    $r2 = "wh\x69le "
    $r3 = "f\x6fr "
  condition:
    filesize < 1MB and any of ($c*) and any of ($r*)
}

rule mining_vocabulary_in_program {
  meta:
    description = "A program that can reach a mining pool and speaks of proofs of work and of what they earn, whatever its name"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $u1 = "strat\x75m+"
    $u2 = "strat\x75m2+"
    $u3 = "strat\x75m://"
    $u4 = "strat\x75ms://"
    $a1 = "ran\x64omx" nocase
    $a2 = "crypt\x6fnight" nocase
    $a3 = "kaw\x70ow" nocase
    $a4 = "eth\x61sh" nocase
    $a5 = "etc\x68ash" nocase
    $a6 = "kheav\x79hash" nocase
    $a7 = "auto\x6cykos" nocase
    $a8 = "ghost\x72ider" nocase
    $a9 = "verus\x68ash" nocase
    $a10 = "yesp\x6fwer" nocase
    $a11 = "prog\x70ow" nocase
    $a12 = "astr\x6fbwt" nocase
    $a13 = "equi\x68ash" nocase
    $a14 = "rx/\x30"
    $w1 = "hash\x72ate" nocase
    $w2 = "accep\x74ed"
    $w3 = "don\x61te" nocase
    $w4 = "work\x65r"
    $w5 = "rig-\x69d"
    $w6 = "huge\x70ages" nocase
    $w7 = "huge \x70ages" nocase
    $w8 = "non\x63e"
    $w9 = "job_\x69d"
    $w10 = "wal\x6cet" nocase
    $w11 = "shar\x65s"
    $w12 = "/dev/cp\x75/"
  condition:
    uint32(0) == 0x464c457f and any of ($u*) and any of ($a*) and 3 of ($w*)
}

rule many_mining_algorithms_in_program {
  meta:
    description = "A program that names several proofs of work and counts hashes and shares, without the address of a pool"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $a1 = "ran\x64omx" nocase
    $a2 = "crypt\x6fnight" nocase
    $a3 = "kaw\x70ow" nocase
    $a4 = "eth\x61sh" nocase
    $a5 = "etc\x68ash" nocase
    $a6 = "kheav\x79hash" nocase
    $a7 = "auto\x6cykos" nocase
    $a8 = "ghost\x72ider" nocase
    $a9 = "verus\x68ash" nocase
    $a10 = "yesp\x6fwer" nocase
    $a11 = "prog\x70ow" nocase
    $a12 = "astr\x6fbwt" nocase
    $a13 = "equi\x68ash" nocase
    $w1 = "hash\x72ate" nocase
    $w2 = "don\x61te" nocase
    $w3 = "rig-\x69d"
    $w4 = "job_\x69d"
    $w5 = "accepted \x73hare" nocase
    $w6 = "shares \x61ccepted" nocase
    $w7 = "--wo\x72ker"
    $w8 = "nr_huge\x70ages"
  condition:
    uint32(0) == 0x464c457f and 3 of ($a*) and 2 of ($w*)
}

rule cpu_tuning_for_mining_in_program {
  meta:
    description = "A program that switches a processor's prefetchers and reserves huge pages, as miners of RandomX do for speed"
    severity = "medium"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $m1 = "/sys/module/msr/paramet\x65rs/allow_writes"
    $m2 = "/dev/cpu/%d/\x6dsr"
    $m3 = "/dev/cpu/%u/\x6dsr"
    $h1 = "nr_huge\x70ages"
    $h2 = "/sys/kernel/mm/huge\x70ages"
    $w1 = "hash\x72ate" nocase
    $w2 = "ran\x64omx" nocase
    $w3 = "h\x61shes/s"
    $w4 = "scrat\x63hpad"
  condition:
    uint32(0) == 0x464c457f and any of ($m*) and any of ($h*) and any of ($w*)
}

rule stratum_url_in_settings {
  meta:
    description = "Settings with the stratum address of a pool and who is paid there, for whichever miner reads them"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $u = /str[a]tum[12]?s?(\+(tcp|ssl|tls|tcps|udp|ws|wss))?:\/\/[A-Za-z0-9._%~:@+\-]{1,200}:[0-9]{2,5}\b/ nocase
    $k1 = /["']?(user|username|wallet|wallet_address|worker|account|login)["']?\s{0,4}[:=]\s{0,4}["']?[A-Za-z0-9]/ nocase
    $k2 = /["']?(pass|password|algo|algorithm|coin|intensity|devices|rig-id|worker_name)["']?\s{0,4}[:=]\s{0,4}["']?[A-Za-z0-9]/ nocase
  condition:
    filesize < 64KB and $u and $k1 and $k2
}

rule miner_pool_list_in_settings {
  meta:
    description = "A list of pools with the settings of a miner, without the level of donation that gives XMRig away"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $p = /"po[o]ls"\s{0,4}:\s{0,4}\[/
    $k1 = "\"rig-\x69d\""
    $k2 = "\"nice\x68ash\""
    $k3 = "\"self-se\x6cect\""
    $k4 = "\"keep\x61live\""
    $k5 = "\"daemon-poll-\x69nterval\""
    $k6 = "\"submit-to-\x6frigin\""
    $k7 = "\"huge-\x70ages\""
    $k8 = "\"ran\x64omx\""
    $k9 = "\"max-threads-\x68int\""
    $k10 = "\"tls-fing\x65rprint\""
    $k11 = /"(algo|coin)"\s{0,4}:\s{0,4}"(rx|cn|argon2|gr|kawpow|monero|randomx|xmr|kaw[p]ow)/
  condition:
    filesize < 1MB and $p and 3 of ($k*)
}

rule stratum_miner_source {
  meta:
    description = "Source code that takes jobs from a mining pool, tries numbers and hands in what it finds"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1059"
    filetypes = "interpretable,python-bytecode"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $m1 = "mining.s\x75bscribe"
    $m2 = "mining.a\x75thorize"
    $m3 = "mining.\x73ubmit"
    $h1 = /\b(sha256|scryp[t]|cryptoni[g]ht|random[x]|yespow[e]r|ethas[h]|keccak|argon2|x11_?has[h]|blake3)\b/ nocase
    $n1 = /\bnonc[e]\b/
    $p1 = /cpu_cou[n]t\(|multiproce[s]sing|os\.cpu[s]\(|hardwareConcu[r]rency|NumC[P]U\(|worker_thr[e]ads|std::thre[a]d|threadi[n]g/
    $b1 = /urandom|2\s?\*\*\s?32|0x[fF]{8}|1\s?<<\s?32/
    $c1 = /import (socket|_socket)|require\(["'](node:)?(net|tls)["']\)|net\.Dial\(|TcpStre[a]m::connect|create_conne[c]tion|WebSock[e]t/
  condition:
    filesize < 256KB and all of ($m*) and $h1 and $n1 and $c1 and ($p1 or $b1)
}

rule web_pool_worker_source {
  meta:
    description = "Script that takes jobs from a mining pool over a web socket and hashes them for a site key or a wallet"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001,T1059.007"
    filetypes = "interpretable"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $w1 = "WebSock\x65t"
    $w2 = "webso\x63kets"
    $j1 = "job\x5fid"
    $j2 = /\bnonc[e]\b/
    $j3 = /["']?typ[e]["']?\s?:\s?["'](submi[t]|auth)["']/
    $k1 = "site\x5fkey"
    $k2 = "siteK\x65y"
    $k3 = /thrott[l]e/
    $k4 = "hashesPerS\x65cond"
    $k5 = /cryptoni[g]ht|cn\.was[m]|randomx?\.was[m]/ nocase
    $k6 = /["'](4|8)(0|1|2|3|4|5|6|7|8|9|A|B)[1-9A-HJ-NP-Za-km-z]{93}["']/
  condition:
    filesize < 1MB and any of ($w*) and all of ($j*) and 2 of ($k*)
}

rule pool_client_program {
  meta:
    description = "A program that speaks with mining pools, computes a proof of work and counts what it earns"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf,pe"
    advice = "Do not run this image unless mining is what it is for and who earns is known; look for how the miner came into the build."
  strings:
    $p1 = "mining.s\x75bscribe"
    $p2 = "mining.a\x75thorize"
    $p3 = "mining.\x73ubmit"
    $p4 = "mining.n\x6ftify"
    $p5 = "eth_submi\x74Work"
    $p6 = "stratum\x2btcp://"
    $p7 = "stratum\x2bssl://"
    $p8 = "mining.set_d\x69fficulty"
    $a1 = /\brando[m]x\b/ nocase
    $a2 = "cryptoni\x67ht" nocase
    $a3 = /\bet(c)?has[h]\b/ nocase
    $a4 = "kawp\x6fw" nocase
    $a5 = /yes(pow[e]r|cry[p]t)/ nocase
    $a6 = /ghostri[d]er|autolyk[o]s|verusha[s]h|beamha[s]h|equiha[s]h|kheavyha[s]h|argon2\/chukw[a]/ nocase
    $h1 = "hashr\x61te" nocase
    $h2 = /\b[kM]?H\/s\b/
    $h3 = "nonc\x65"
    $h4 = /shar[e]s? (accepted|rejected|found)|(accepted|rejected) shar[e]/ nocase
  condition:
    filesize < 60MB and 3 of ($p*) and any of ($a*) and any of ($h*)
}
