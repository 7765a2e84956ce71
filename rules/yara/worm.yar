// Scripts and programs of campaigns that take over machines one after another, mostly in order to mine (T1496, T1562, T1070).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule competitors_killed {
  meta:
    description = "A script that kills the miners of other attackers by a list of their names"
    severity = "high"
    confidence = "high"
    intent = "miner"
    techniques = "T1489,T1496.001"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $k1 = "kin\x73ing"
    $k2 = "kdevt\x6dpfsi"
    $k3 = "xmr-\x73tak"
    $k4 = "min\x65rd"
    $k5 = "sus\x74es"
    $k6 = "watc\x68bog"
    $k7 = "network\x73ervice"
    $k8 = "sysu\x70date"
    $k9 = "sysg\x75ard"
    $k10 = "kwor\x6berds"
    $k11 = "dd\x67s"
    $k12 = "qW3\x78T"
    $k13 = "crypt\x6fnight"
    $k14 = "str\x61tum"
    $k15 = "moner\x6fhash"
    $k16 = "kthr\x65addi"
    $k17 = "pns\x63an"
    $k18 = "javau\x70Dates"
    $k19 = "/tmp/\x6aava"
    $k20 = "so\x6crd"
    $k21 = "xmrig\x44aemon"
    $k22 = "dbu\x73ed"
    $k23 = "kerb\x65rods"
    $p1 = /p?ki[l]l(all)? -(9|f|KILL)/
    $p2 = /xa[r]gs (-I ?%? )?(-r )?kill/
  condition:
    filesize < 2MB and 4 of ($k*) and any of ($p*)
}

rule competitors_killed_by_port {
  meta:
    description = "A script that ends whatever talks to mining pools, by their ports and addresses"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1489,T1496.001"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a = /(netstat|ss) -[a-z]{1,6}[^\n]{0,20}\| ?gr[e]p [^\n]{0,20}:(3333|4444|5555|7777|14444|13531|45700|3347|14433|9999|56415)[^\n]{0,160}kill/
    $b = /(netstat|ss) -[a-z]{1,6}[^\n]{0,20}\| ?gr[e]p ["']?([0-9]{1,3}\.){3}[0-9]{1,3}(:[0-9]{2,5})?["']?[^\n]{0,160}kill/
  condition:
    filesize < 2MB and any of them and (#a > 1 or #b > 2 or ($a and $b))
}

rule cloud_agents_removed {
  meta:
    description = "A script that removes the security agents of cloud providers"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1562.001"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a1 = /(ae[g]is|update\.aegis\.aliyun\.com)[^\n]{0,80}(unin[s]tall|quartz_unin[s]tall)/
    $a2 = "/usr/loc\x61l/aegis"
    $a3 = "quartz_un\x69nstall.sh"
    $a4 = "/usr/local/qcloud/starg\x61te/admin/uninstall.sh"
    $a5 = "/usr/local/qcloud/\x59unJing/uninst.sh"
    $a6 = "/usr/local/qcloud/monitor/\x62arad/admin/uninstall.sh"
    $a7 = "/usr/local/cl\x6fudmonitor"
    $a8 = "aliyun-\x73ervice"
    $a9 = "bcm-a\x67ent"
    $a10 = /syst[e]mctl (stop|disable) (aliyun|cloudmonitor|YDService|amazon-ssm-agent|falcon-sensor|wazuh-agent|auditbeat|osqueryd)/
    $a11 = /pk[i]ll -?9? ?-?f? (aliyun-service|AliYunDun|YDService|cloudmonitor)/
  condition:
    filesize < 2MB and 2 of them
}

rule defences_lowered {
  meta:
    description = "A script that turns off firewall, SELinux, auditing and limits in one go before it fetches something"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1562.001,T1562.004"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $d1 = "seten\x66orce 0"
    $d2 = /SELINUX=disa[b]led/
    $d3 = /ipta[b]les -F/
    $d4 = /ufw dis[a]ble/
    $d5 = /syst[e]mctl (stop|disable) (firewalld|auditd|rsyslog|syslog)/
    $d6 = "uli\x6dit -n 65535"
    $d7 = "kernel.nm\x69_watchdog=0"
    $d8 = /\/proc\/sys\/kernel\/nmi_watc[h]dog/
    $d9 = /ser[v]ice (apparmor|auditd|iptables) stop/
    $d10 = "cha\x74tr -i"
    $f1 = /(curl|wget) [^\n]{1,200}ht[t]ps?:\/\/([0-9]{1,3}\.){3}/
    $f2 = /(cu[r]l|wget) [^\n]{1,200}\| ?(ba)?sh/
    $f3 = "xm\x72ig"
    $f4 = "cron\x74ab -r"
  condition:
    filesize < 2MB and 4 of ($d*) and any of ($f*)
}

rule competitors_blackholed {
  meta:
    description = "A script that points pools or other attackers' servers at nowhere, in the hosts file or the firewall"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1562.004,T1565.001"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a = /(0\.0\.0\.0|127\.0\.0\.1) [a-z0-9.\-]{0,40}(minexmr|supportxmr|nanopool|minergate|moneroocean|f2pool|xmrpool|crypto-pool|hashvault|c3pool|monerohash|systemten\.org|pwn\.oracleservice)[^\n]{0,60}>>\s?["']?\/etc\/ho[s]ts/
    $b = /ipta[b]les -[AI] (OUTPUT|INPUT) [^\n]{0,60}(--dport|-s|-d) [^\n]{1,60}-j (DROP|REJECT)/
    $c = /ip route add blac[k]hole /
    $k = /p?ki[l]l(all)? -(9|f)/
    $x = /cro[n]tab -|\/etc\/cron/
  condition:
    filesize < 2MB and ($a or ((#b > 4 or #c > 2) and $k and $x))
}

rule traces_erased {
  meta:
    description = "A script that empties logs and histories"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1070.002,T1070.003"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a = /(echo|cat \/dev\/null|:|truncate -s ?0|printf ["']{2}) ?>?\s?>\s?["']?\/v[a]r\/log\/(wtmp|btmp|lastlog|secure|auth\.log|syslog|messages|cron|audit)/
    $b = /(echo|cat \/dev\/null) ?(0|""|'')? ?>\s?["']?\/var\/sp[o]ol\/mail\/root/
    $c = /his[t]ory -c/
    $d = /(rm -[rf]{1,2}|echo|cat \/dev\/null >|ln -sf? \/dev\/null)[^\n]{0,40}\.bash_his[t]ory/
    $e = /un[s]et HIST(FILE|SIZE|CONTROL)/
    $f = /(export )?HI[S]T(FILE|SIZE)=(\/dev\/null|0)/
    $g = /(rm|sh[r]ed) -[a-z]{1,4} [^\n]{0,20}(\/var\/log\/|\$0\b)/
  condition:
    filesize < 2MB and $a and 2 of ($b, $c, $d, $e, $f, $g)
}

rule ssh_spread_by_known_hosts {
  meta:
    description = "A script that spreads over SSH to every host that the machine knows"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1021.004,T1570"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a = /kn[o]wn_hosts/
    $b = /(StrictHost[K]eyChecking=no|BatchMode=yes)/
    $c = /(cu[r]l|wget|cdl|base64)[^\n]{1,240}/
    $d = /s[s]h [^\n]{0,200}(StrictHostKeyChecking=no|BatchMode=yes)[^\n]{0,200}(curl|wget|base64 -d)[^\n]{1,200}\| ?(ba)?sh/
    $e1 = "id_\x72sa"
    $e2 = ".ssh/c\x6fnfig"
    $e3 = ".bash_h\x69story"
  condition:
    filesize < 2MB and $a and $b and $c and $d and any of ($e*)
}

rule ssh_copies_itself {
  meta:
    description = "A script that copies itself with the keys it finds to every host that the machine knows, and starts there"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1021.004,T1570"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $h1 = /\b(cat|cut|awk|tr|sed -[nEr]{1,3}) [^\n>]{0,120}kn[o]wn_hosts/
    $h2 = /\b(open|read_text|Path)\([^\n]{0,80}kn[o]wn_hosts/
    $o = /\b(StrictHost[K]eyChecking=no|Batch[M]ode=yes|Set[M]issingHostKeyPolicy|AutoAdd[P]olicy)\b/
    $k = /\bid_(r[s]a|ed255[1]9|\*)|\/\.s[s]h\b|IdentityFile/
    $s1 = /(=|\s)["']?(\$\(|`)(readlink|realpath)( -[ef])? ["']?(\$0|\$\{?BASH_[S]OURCE)/
    $s2 = /\b(scp|rsync) [^\n]{0,200}["']?(\$0|\$\{?BASH_S[O]URCE)/
    $s3 = /\b(open|put|upload|copyfile|Path)\(\s?(__file__|sys\.arg[v]\[0\])/
    $r = /\bs[s]h [^\n]{0,200}["'](sh |bash |nohup |setsid |chmod |\/|\.\/)|exec_com[m]and\(/
    $c = /\b(scp|rsync|sftp) [^\n]{0,200}@|open_s[f]tp\(|\bs[s]h [^\n]{0,200} ["']?cat ?>/
  condition:
    filesize < 1MB and any of ($h*) and $o and $k and any of ($s*) and $r and $c
}

rule docker_api_worm {
  meta:
    description = "Looks for unprotected Docker engines on the network and starts containers on them"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1610,T1595.001"
    filetypes = "elf,interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $p1 = /:237[56]\/(v1\.[0-9]{2}\/)?(conta[i]ners|images|info|version|_ping)/
    $p2 = /doc[k]er -H (tcp:\/\/)?["']?\$/
    $p3 = /-[p] ?(2375|2376|2377|4243|4244)[,\s]/
    $s1 = "mas\x73can"
    $s2 = "zg\x72ab"
    $s3 = "zm\x61p"
    $s4 = "pns\x63an"
    $x1 = "containe\x72s/create"
    $x2 = /doc[k]er -H [^\n]{1,80} run /
    $x3 = "HostC\x6fnfig"
    $x4 = "chr\x6fot"
    $x5 = /r[u]n (-d|--rm|-it)[^\n]{0,80}-v \/:/
  condition:
    filesize < 30MB and any of ($p*) and any of ($s*) and any of ($x*)
}

rule redis_worm {
  meta:
    description = "Writes cron lines or keys onto other machines by way of unprotected Redis servers"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1210,T1053.003"
    filetypes = "elf,interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a1 = /con[f]ig set dir ["']?\/(var\/spool\/cron|etc\/cron|root\/\.ssh)/ nocase
    $a2 = /con[f]ig["', ]{1,4}set["', ]{1,4}dir["', ]{1,4}\/?(var\/spool\/cron|etc\/cron|root\/\.ssh)/ nocase
    $b = "dbfil\x65name" nocase
    $c1 = "redi\x73-cli"
    $c2 = "63\x379"
    $d = /(stop-writes-on-bgsave-error|flus[h]all|slaveof|bgsave|save)/ nocase
  condition:
    filesize < 30MB and any of ($a*) and $b and any of ($c*) and $d
}

rule kinsing_program {
  meta:
    description = "Kinsing, the miner's loader that spreads between containers"
    severity = "critical"
    confidence = "high"
    intent = "miner"
    techniques = "T1496.001,T1105"
    filetypes = "elf"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a1 = "kin\x73ing"
    $a2 = "kdevt\x6dpfsi"
    $a3 = "main.get\x4dinerPid"
    $a4 = "main.m\x61sscan"
    $a5 = "main.red\x69sBrute"
    $a6 = "main.runTa\x73kWithScan"
    $a7 = "main.downloa\x64AndExecute"
    $a8 = "main.minerR\x75nningCheck"
    $a9 = "main.heal\x74hChecker"
    $a10 = "firew\x69re.sh"
    $a11 = "libsy\x73tem.so"
  condition:
    uint32(0) == 0x464c457f and (2 of ($a3, $a4, $a5, $a6, $a7, $a8, $a9) or ($a2 and any of ($a1, $a10, $a11)))
}

rule teamtnt_marks {
  meta:
    description = "Marks of TeamTNT and its successors in a script or program"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1496.001,T1610"
    filetypes = "elf,interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a1 = "teamt\x6et.red"
    $a2 = "teamtn\x74isback"
    $a3 = "Hild\x65Gard"
    $a5 = "bor\x67.wtf"
    $a6 = "anond\x6es.net"
    $a7 = "chima\x65ra.cc"
    $a8 = "hilde@t\x65amtnt"
    $b1 = "xm\x72ig"
    $b2 = "cu\x72l "
    $b3 = "wg\x65t "
    $b4 = "doc\x6ber"
    $b5 = "authori\x7aed_keys"
    $b6 = "/etc/ld.so.\x70reload"
    $b7 = "tm\x61te"
  condition:
    filesize < 30MB and any of ($a*) and 3 of ($b*)
}

rule known_campaign_names {
  meta:
    description = "Marks of a known cryptojacking campaign (WatchDog, 8220, Rocke, Sysrv, z0Miner, Kiss-a-dog, Perfctl, Commando Cat, LemonDuck)"
    severity = "high"
    confidence = "medium"
    intent = "miner"
    techniques = "T1496.001"
    filetypes = "elf,interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a1 = "pwn\x72ig"
    $a2 = "give\x6dexyz"
    $a3 = "dbu\x73ed"
    $a4 = "bas\x68irc"
    $a5 = "oraclese\x72vice.top"
    $a6 = "sy\x73rv012"
    $a7 = "hello-\x73ysrv"
    $a8 = "kissa-\x64og.top"
    $a9 = "kissa-\x64og.com"
    $a10 = "kiss.a-\x64og.top"
    $a11 = "per\x66ctl"
    $a12 = "per\x66cc"
    $a13 = "wiz\x6cmsh"
    $a14 = "b2\x66628"
    $a15 = "cmd.\x63at/"
    $a16 = "leetdbs.a\x6eondns.net"
    $a17 = "w.apac\x68eorg"
    $a18 = "t.netc\x61tkit"
    $a19 = "lplp.\x61ckng"
    $a20 = "system\x74en.org"
    $a21 = "lsd.sys\x74emten"
    $a22 = "1.hao\x72y.cn"
    $b1 = "cu\x72l "
    $b2 = "wg\x65t "
    $b3 = "cro\x6etab"
    $b4 = "cha\x74tr"
    $b5 = "x\x6dr"
    $b6 = "no\x68up"
    $b7 = "/etc/ld.so.\x70reload"
    $b8 = "/t\x6dp/"
  condition:
    filesize < 30MB and any of ($a*) and 3 of ($b*)
}

rule hidden_cron_sweep {
  meta:
    description = "A script that removes all cron lines of others and installs its own"
    severity = "medium"
    confidence = "medium"
    intent = "miner"
    techniques = "T1053.003,T1489"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a = /cro[n]tab -r/
    $b = /rm -rf? [^\n]{0,40}(\/var\/sp[o]ol\/cron|\/etc\/cron\.d)\/?\*?/
    $c = /(\| ?cro[n]tab -|crontab [^\n-][^\n]{0,60}|>{1,2} ?\/etc\/cron)/
    $f = /(cu[r]l|wget) [^\n]{1,200}/
    $k = /p?ki[l]l(all)? -(9|f)/
  condition:
    filesize < 2MB and ($a or $b) and $c and $f and $k
}

rule renamed_download_tools {
  meta:
    description = "A script that renames curl and wget, so that others cannot use them and it can"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1036.003,T1105"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a = /mv (\/usr)?\/b[i]n\/(curl|wget) (\/usr)?\/bin\/[a-z0-9]{2,8}\b/
    $b = /cha[t]tr [+-][ia]{1,2} (\/usr)?\/bin\/(curl|wget|chattr|ps|top|crontab)/
    $c = /mv (\/usr)?\/bin\/cha[t]tr (\/usr)?\/bin\/[a-z0-9]{2,10}\b/
  condition:
    filesize < 2MB and any of them
}

rule tmate_or_remote_shell_service {
  meta:
    description = "A script that opens a shared terminal session and sends its address away"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1219"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a = /tmate -S [^\n]{1,60} new-ses[s]ion -d/
    $b = /tmate [^\n]{0,80}dis[p]lay -p ["']?#\{tmate_(ssh|web)\}/
    $s1 = /cu[r]l [^\n]{0,160}(-d|-F|--data)/
    $s2 = "sendM\x65ssage"
    $s3 = /\| ?n[c] /
    $s4 = "wg\x65t "
  condition:
    filesize < 1MB and any of ($a, $b) and any of ($s*)
}

rule ssh_botnet_downloader {
  meta:
    description = "A dropper of an internet-of-things botnet: fetches over several protocols with busybox"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1110"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a = /bus[y]box (wget|tftp|ftpget)[^\n]{1,160}/
    $b = /(tftp|ftpget|bus[y]box tftp) (-g|-v -u|-r)[^\n]{1,160}([0-9]{1,3}\.){3}[0-9]{1,3}/
    $c = /ch[m]od (777|\+x|755) [^\n]{1,60}/
    $d = /r[m] -rf? [^\n]{0,60}/
    $e = /wg[e]t https?:\/\/([0-9]{1,3}\.){3}[0-9]{1,3}/
  condition:
    filesize < 200KB and $c and $d and $b and ($e or $a)
}

rule kubernetes_worm_script {
  meta:
    description = "A script that spreads itself to the other pods and nodes of a cluster"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1610,T1613"
    filetypes = "interpretable"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $a = /kub[e]ctl [^\n]{0,60}get (pods|nodes|pod|po)[^\n]{0,120}/
    $b = /kub[e]ctl [^\n]{0,60}exec [^\n]{0,120}(curl|wget|base64 -d)[^\n]{1,160}\| ?(ba)?sh/
    $c = /kub[e]ctl (apply|create) -f ["']?(https?:\/\/([0-9]{1,3}\.){3}|-)/
    $d = "serviceac\x63ount/token"
    $e = "xm\x72ig"
  condition:
    filesize < 1MB and (($a and $b) or ($c and $d and $e))
}

rule engine_api_worm {
  meta:
    description = "Code that makes up addresses, asks them for a Docker engine, and starts a container there that sees the host"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1610,T1595.001"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat every host on which this ran as taken over: rebuild it, and look for scans that it sent out."
  strings:
    $c = "containe\x72s/create"
    $p = /\b(2375|2376|4243|4244)\b/
    $h1 = /["']?Bin[d]s["']?\s?[:=]\s?\[\s?["']\/:\//
    $h2 = /["']?Privil[e]ged["']?\s?[:=]\s?[Tt]rue/
    $h3 = /["']?(Pid|Network)Mo[d]e["']?\s?[:=]\s?["']host/
    $r1 = /rand(int|om|range|bytes)?\b/
    $r2 = /\b(ip_network|IPv4Network|IPv4Address|ParseCIDR|inet_ntoa)\b/
    $r3 = /shuf -[a-z]|\$RANDOM|\$\(\(RANDOM/
  condition:
    filesize < 1MB and $c and $p and any of ($h*) and any of ($r*)
}

rule kernel_thread_disguise {
  meta:
    description = "A script that gives its process the name of a thread of the kernel"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1036.004"
    filetypes = "interpretable,python-bytecode"
    advice = "Nothing honest calls itself that. Look for the process where this ran, by what it is and not by its name."
  strings:
    $a = /(\$0\s?=\s?|set(_)?proctitle\(\s?|prctl\(\s?15\s?,\s?|exec -a |process\.title\s?=\s?|execv?e?\([^\n]{1,60},\s?\[\s?b?)["'b(]{0,3}\[?(k[w]orker|kthr[e]add|ksoft[i]rqd|ksw[a]pd|migrat[i]on\/|rcu_(sched|bh|preempt|gp)|kblo[c]kd|jb[d]2\/|bios[e]t|khungt[a]skd|kdevtm[p]fs|kaud[i]td|kcomp[a]ctd)/
  condition:
    filesize < 1MB and $a
}
