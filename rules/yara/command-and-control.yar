// Agents of remote-control frameworks and backdoor families (T1071, T1219, T1105).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule sliver_implant {
  meta:
    description = "An implant of the Sliver framework"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1071.001,T1573"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "bishopfox/sliver/\x70rotobuf/sliverpb"
    $a2 = "bishopfox/sl\x69ver/implant"
    $a3 = "sliv\x65rpb."
    $a4 = "Sliv\x65rRPC"
    $b1 = "PivotStart\x4cistenerReq"
    $b2 = "Beaco\x6eTasks"
    $b3 = "InvokeExecut\x65AssemblyReq"
    $b4 = "RegisterEx\x74ensionReq"
    $b5 = "WGPortForw\x61rdStartReq"
  condition:
    uint32(0) == 0x464c457f and (any of ($a1, $a2) or ($a3 and 2 of ($b*)) or ($a4 and 2 of ($b*)) or 4 of ($b*))
}

rule merlin_agent {
  meta:
    description = "An agent of the Merlin framework"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1071.001"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "Ne0nd0g/\x6derlin"
    $a2 = "merli\x6e-agent"
    $a3 = "merlin-\x6dessage"
    $b1 = "Agen\x74Info"
    $b2 = "J\x413"
    $b3 = "opa\x71ue"
  condition:
    uint32(0) == 0x464c457f and ($a1 or (($a2 or $a3) and 2 of ($b*)))
}

rule mythic_agents {
  meta:
    description = "An agent of the Mythic framework (Poseidon, Medusa, Thanatos, Freyja)"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1071.001"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "MythicAgen\x74s/poseidon"
    $a2 = "poseidon/P\x61yload_Type"
    $a3 = "Mythic\x41gents/"
    $a4 = "thanat\x6fs::agent"
    $a5 = "poseidon/p\x6bg/profiles"
    $b1 = "get_ta\x73king"
    $b2 = "che\x63kin"
    $b3 = "stagi\x6eg_rsa"
    $b4 = "AES\x50SK"
    $b5 = "post_re\x73ponse"
    $b6 = "encrypted_ex\x63hange_check"
  condition:
    uint32(0) == 0x464c457f and (any of ($a*) or 4 of ($b*))
}

rule meterpreter_linux {
  meta:
    description = "Meterpreter for Linux (mettle), the agent of Metasploit"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1071.001,T1059"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "mettle\x73ploit"
    $a2 = "libm\x65ttle"
    $a3 = "met\x74le_"
    $b1 = "core_cha\x6enel_open"
    $b2 = "core_negotiate_\x74lv_encryption"
    $b3 = "stda\x70i_fs_"
    $b4 = "stdapi_sys_pr\x6fcess_execute"
    $b5 = "core_ma\x63hine_id"
    $b6 = "tlv_p\x61cket"
  condition:
    uint32(0) == 0x464c457f and ((any of ($a*) and 1 of ($b*)) or 3 of ($b*))
}

rule cobalt_strike_settings {
  meta:
    description = "The encoded settings of a Cobalt Strike beacon"
    severity = "critical"
    confidence = "medium"
    intent = "implant"
    techniques = "T1071.001"
    filetypes = "elf,pe,interpretable"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $x1 = { 69 68 69 68 69 6b ?? ?? 69 6b 69 68 69 6b }
    $x2 = { 2e 2f 2e 2f 2e 2c ?? ?? 2e 2c 2e 2f 2e 2c }
  condition:
    filesize < 20MB and any of them
}

rule cobalt_strike_for_linux {
  meta:
    description = "A Cobalt Strike agent for Linux (CrossC2, geacon, vermilion)"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1071.001"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "darkr4y/\x67eacon"
    $a2 = "Cro\x73sC2"
    $a3 = "geacon/c\x6dd/config"
    $a4 = "c2_rec\x76_task"
    $a5 = "rebind_ht\x74p_get_send"
    $b1 = "RsaPub\x6cicKey"
    $b2 = "PullC\x6fmmand"
    $b3 = "MakeMe\x74aInfo"
    $b4 = "bea\x63on"
    $b5 = "rebind_htt\x70_post_recv"
  condition:
    uint32(0) == 0x464c457f and ($a1 or $a3 or ($a5 and $b5) or (any of ($a2, $a4) and any of ($b*)) or ($b2 and $b3))
}

rule havoc_adaptix_agents {
  meta:
    description = "An agent of Havoc, Adaptix, Villain, Nimplant, Hoaxshell, Covenant or Deimos"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1071.001"
    filetypes = "elf,interpretable"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "HavocFr\x61mework"
    $a2 = "Adap\x74ixC2"
    $a3 = "t3l3machu\x73/Villain"
    $a4 = "hoax\x73hell"
    $a5 = "Dei\x6dosC2"
    $a6 = "Grun\x74HTTP"
    $a7 = "nimp\x6cant"
    $a8 = "WangYihan\x67/Platypus"
    $a9 = "tiagorlam\x70ert/CHAOS"
    $a10 = "n1nj4se\x63/pupy"
    $a11 = "pu\x70y://"
    $b1 = "ag\x65nt" nocase
    $b2 = "bea\x63on" nocase
    $b3 = "ses\x73ion" nocase
    $b4 = "pay\x6coad" nocase
    $b5 = "ex\x65c("
  condition:
    filesize < 60MB and any of ($a*) and 3 of ($b*)
}

rule supershell_vshell {
  meta:
    description = "An agent of Supershell, VShell or the SNOWLIGHT loader"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1071.001,T1572"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "tdragon6/S\x75pershell"
    $a2 = "veo/v\x73hell"
    $a3 = "/proc/s\x65lf/fd/%d"
    $a4 = "\x6c64   "
    $a5 = "[kwo\x72ker/0:2]"
    $a6 = "vs/cl\x69ent"
    $b1 = "memfd_\x63reate"
    $b2 = "fex\x65cve"
  condition:
    uint32(0) == 0x464c457f and ($a1 or $a2 or ($a4 and $a5 and 1 of ($b*)) or ($a6 and $a3 and 1 of ($b*)))
}

rule rekoobe_tinyshell {
  meta:
    description = "TinyShell or Rekoobe: a small encrypted backdoor"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059,T1573"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a = { 58 90 AE 86 F1 B9 1C F6 29 83 95 71 1D DE 58 0D }
    $b2 = "exec ba\x73h --login"
    $b3 = "unset H\x49STFILE"
    $b4 = "/dev/\x70tmx"
    $b5 = "simple\x73ecret"
  condition:
    uint32(0) == 0x464c457f and (filesize < 5MB and ($a or ($b5 and any of ($b2, $b3)) or ($b2 and $b3 and $b4)))
}

rule prism_backdoor {
  meta:
    description = "PRISM or a backdoor built on it: waits for a magic ICMP packet"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1205,T1059"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "I'm no\x74 root :("
    $a2 = "Icmp V\x65rsion"
    $a3 = "ud\x65vd"
    $a4 = "PRISM b\x61ckdoor" nocase
    $b1 = "/proc/%\x64/exe"
    $b2 = "ic\x6dp" nocase
    $b3 = "ex\x65c"
  condition:
    uint32(0) == 0x464c457f and (filesize < 2MB and (($a1 and ($a2 or $a3)) or $a4) and any of ($b*))
}

rule mirai_family {
  meta:
    description = "A bot of the Mirai family"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1499,T1110"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "/bin/busy\x62ox MIRAI"
    $a2 = "/bin/bu\x73ybox"
    $a3 = "dvrH\x65lper"
    $a4 = "listen\x69ng tun0"
    $a5 = "TSource En\x67ine Query"
    $a6 = "GET /c\x64n-cgi/"
    $a7 = "/dev/misc/\x77atchdog"
    $a8 = "/dev/wa\x74chdog"
    $a9 = "POST /GponFo\x72m/diag_Form"
    $a10 = "/ctrlt/Devi\x63eUpgrade_1"
    $a11 = "Self Rep Fu\x63king NeTiS"
    $a12 = "enable\x00system\x00shell\x00sh\x00"
    $a13 = "co\x6edi2 "
    $a14 = "npxXoudifF\x65EgGaACScs"
  condition:
    uint32(0) == 0x464c457f and (filesize < 5MB and ($a1 or $a11 or $a4 or 3 of ($a3, $a5, $a6, $a7, $a9, $a10, $a12, $a13, $a14) or ($a2 and $a7 and $a8 and any of ($a5, $a12, $a14))))
}

rule gafgyt_family {
  meta:
    description = "A bot of the Gafgyt (Bashlite, Qbot) family"
    severity = "critical"
    confidence = "medium"
    intent = "implant"
    techniques = "T1499,T1110"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "PO\x4eG!"
    $a2 = "GETLO\x43ALIP"
    $a3 = "HO\x4cD"
    $a4 = "JU\x4eK"
    $a5 = "UDP Fl\x6foding" nocase
    $a6 = "TCP Fl\x6foding" nocase
    $a7 = "STD\x48EX"
    $a8 = "HTTP\x46LOOD" nocase
    $a9 = "BOT\x4bILL"
    $a10 = "[UPD\x41TE]"
    $a11 = "LOLN\x4fGTFO"
    $a12 = "SCAN\x4eER ON"
    $a13 = "/proc/ne\x74/route"
    $a14 = "BUI\x4cD %s"
    $a15 = "My \x49P: %s"
  condition:
    uint32(0) == 0x464c457f and (filesize < 5MB and (4 of ($a1, $a2, $a5, $a6, $a7, $a8, $a9, $a11, $a12, $a15) or ($a11 and 1 of ($a*))))
}

rule xor_ddos_family {
  meta:
    description = "XOR DDoS, BillGates or a related denial-of-service bot"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1499,T1543"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "BB2FA36\x41AA9541F0"
    $a2 = "/etc/cron.ho\x75rly/gcc.sh"
    $a3 = "/lib/lib\x75dev4.so"
    $a5 = "den\x79ip="
    $b1 = "CAtta\x63kUdp"
    $b2 = "CTcpA\x74tack"
    $b3 = "CThreadAt\x74ackNormal"
    $b4 = "DbSecu\x72itySpt"
    $b5 = "/usr/bin/bsd-\x70ort/getty"
  condition:
    uint32(0) == 0x464c457f and (filesize < 10MB and (2 of ($a1, $a2, $a3, $a5) or 2 of ($b*)))
}

rule tsunami_kaiten_family {
  meta:
    description = "An IRC bot of the Kaiten (Tsunami) family, as program or source"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1499,T1071"
    filetypes = "elf,interpretable"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "NOTICE %s :\x54SUNAMI"
    $a2 = "NOTICE %s :\x55NKNOWN"
    $a3 = "NOTICE %s :G\x45TSPOOFS"
    $a4 = "NOTICE %s :P\x41N <target>"
    $a5 = "kai\x74en.c"
    $a6 = ":Kaiten w\x61 goraku"
    $a7 = "NOTICE %\x73 :SPOOFS"
    $a8 = "NOTICE %s :\x4bILLALL"
    $a9 = "NOTICE %s :P\x61cketing"
    $a10 = "NOTICE %s :\x4eICK <nick>"
  condition:
    filesize < 10MB and 2 of them
}

rule perl_irc_bot {
  meta:
    description = "A Perl IRC bot (ShellBot, PerlBot): takes commands from a channel"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1071,T1059,T1499"
    filetypes = "interpretable"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "use IO::\x53ocket"
    $b1 = "PRI\x56MSG"
    $b2 = "NI\x43K "
    $c1 = "udpf\x6cood" nocase
    $c2 = "tcpf\x6cood" nocase
    $c3 = "@port\x73can" nocase
    $c4 = "port\x73can" nocase
    $c5 = "$sh\x65ll"
    $c6 = "http\x66lood" nocase
    $c7 = "@adm\x63han"
    $c8 = "my @ca\x6eais"
    $c9 = "cone\x63tar("
    $c10 = "back(c\x6fnnect)?"
  condition:
    filesize < 1MB and $a1 and all of ($b*) and 2 of ($c*)
}

rule python_bot {
  meta:
    description = "A Python bot that takes commands from a chat service and runs them in a shell"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1071,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "import \x64iscord"
    $a2 = "import \x74elebot"
    $a3 = "from te\x6cegram"
    $a4 = "api.teleg\x72am.org/bot"
    $x1 = /subpr[o]cess\.(check_output|getoutput|Popen|run)\([^\n]{0,60}shell ?= ?True/
    $x2 = /os\.po[p]en\(\s?(message|ctx|msg|text|cmd|command|update)/
    $c1 = "scree\x6eshot" nocase
    $c2 = "key\x6cog" nocase
    $c3 = "persi\x73tence" nocase
    $c4 = "web\x63am" nocase
    $c5 = "revs\x68ell" nocase
    $c6 = "/sh\x65ll"
    $c7 = "!sh\x65ll"
  condition:
    filesize < 1MB and any of ($a*) and any of ($x*) and 2 of ($c*)
}

rule headcrab_p2pinfect {
  meta:
    description = "HeadCrab, P2PInfect, NoaBot or Migo: malware that lives in Redis or spreads over SSH"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1210,T1496.001"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "head\x63rab" nocase
    $a2 = "rds.\x72dsm"
    $a3 = "rd\x73a"
    $a4 = "RedisMod\x75le_OnLoad"
    $a5 = "syste\x6d.exec"
    $a6 = "ex\x70.so"
    $b1 = "P2PIn\x66ect" nocase
    $b2 = "noa\x62ot" nocase
    $b3 = "/tmp/.\x6digo"
    $b4 = "/etc/cron.h\x6furly/migo"
    $b5 = "sla\x76eof"
  condition:
    uint32(0) == 0x464c457f and (filesize < 20MB and (($a4 and $a5 and any of ($a6, $b5)) or ($a1 and any of ($a2, $a3, $a4)) or $b1 or $b2 or $b3 or $b4))
}

rule redis_module_exec {
  meta:
    description = "A Redis module whose only purpose is to run commands"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059,T1505"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a = "RedisMod\x75le_OnLoad"
    $b = "RedisModule_C\x72eateCommand"
    $c1 = "syste\x6d.exec"
    $c2 = "syst\x65m.rev"
    $d = "po\x70en"
  condition:
    uint32(0) == 0x464c457f and (filesize < 2MB and ($a or $b) and any of ($c*) and $d)
}

rule memory_only_loader {
  meta:
    description = "A small program that unpacks another one into memory and runs it from there, under the name of a system process"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1620"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "memfd_\x63reate"
    $a2 = "fex\x65cve"
    $a3 = "/proc/s\x65lf/fd/%d"
    $a4 = "exec\x76eat"
    $k1 = "[kwo\x72ker"
    $k2 = "[kthr\x65add"
    $k3 = "[watc\x68dog"
    $n1 = "con\x6eect"
    $n2 = "soc\x6bet"
  condition:
    uint32(0) == 0x464c457f and (filesize < 3MB and (($a1 and any of ($a2, $a3, $a4)) or ($a2 and $a3)) and any of ($k1, $k2, $k3) and all of ($n*))
}

rule reverse_shell_program {
  meta:
    description = "A small program that connects to a fixed address and hands it a shell"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $sh = "/bi\x6e/sh"
    $d = "d\x75p2"
    $c = "con\x6eect"
    $e1 = "exe\x63ve"
    $e2 = "ex\x65cl"
    $ip = /\x00([0-9]{1,3}\.){3}[0-9]{1,3}\x00/
    $n = "inet_\x61ddr"
    $n2 = "inet_\x70ton"
    $h = "ht\x6fns"
  condition:
    uint32(0) == 0x464c457f and filesize < 64KB and $sh and $d and $c and any of ($e*) and ($ip and any of ($n, $n2)) and $h
}

rule empire_agent {
  meta:
    description = "A stager of Empire or a Python agent built like it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.006,T1071.001"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a = /imp[o]rt (sys|urllib2|re, subprocess)/
    $b2 = /k[e]y\s?=\s?IV\s?\+/
    $b3 = "for char \x69n data:S[i]"
    $b4 = "ps -ef | gre\x70 Little"
    $b5 = "exec(''.j\x6fin(out))"
    $b6 = "Little \x53nitch"
    $b7 = /S,j,out\s?=\s?ra[n]ge\(256\),0,\[\]/
  condition:
    filesize < 200KB and ($b5 and any of ($b2, $b3, $b7)) or ($b7 and $a and any of ($b4, $b6))
}

rule godlike_backdoors {
  meta:
    description = "A backdoor for Linux of a known family (Gh0st, Linux.Derusbi, RotaJakiro, Melofee, KrustyLoader, Krasue, GTPDoor)"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1071.001"
    filetypes = "elf"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $a1 = "Gh0\x73t"
    $a2 = "gvfsd-\x68elper"
    $a3 = ".gvfsd/.profil\x65/gvfsd-helper"
    $a4 = "sessi\x6fn-dbus"
    $a5 = "mel\x6ffee"
    $a6 = "krusty\x6coader" nocase
    $a8 = "GTP\x44oor" nocase
    $a10 = "VNC \x70ort: "
    $a11 = "systemd-a\x67ent.conf"
    $b1 = "exe\x63ve"
    $b2 = "d\x75p2"
    $b3 = "soc\x6bet"
  condition:
    uint32(0) == 0x464c457f and (filesize < 20MB and (($a2 and $a4) or $a3 or $a5 or $a6 or ($a8 and any of ($b*)) or ($a1 and $a10) or ($a11 and $a4)))
}

rule agent_updates_from_address {
  meta:
    description = "A script that asks a bare address for commands again and again and runs what it gets"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1219"
    filetypes = "interpretable"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $l = /wh[i]le (true|:|\[ ?1 ?\]|sleep [0-9]{1,5})/
    $g = /\$\((curl|wget) [^\n)]{0,120}ht[t]ps?:\/\/([0-9]{1,3}\.){3}[0-9]{1,3}[^\n)]{0,120}\)/
    $x1 = /ev[a]l ["']?\$\{?[a-zA-Z_]{1,20}/
    $x2 = /(b[a])?sh -c ["']?\$\{?[a-zA-Z_]{1,20}/
    $x3 = /ec[h]o ["']?\$\{?[a-zA-Z_]{1,20}\}?["']? ?\| ?(ba)?sh/
  condition:
    filesize < 200KB and $l and $g and any of ($x*)
}

rule irc_bot_runs_commands {
  meta:
    description = "A bot that takes orders from an IRC channel: it runs what is written there, and floods others or hides"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1071,T1059,T1498"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $i1 = "PRI\x56MSG"
    $i2 = "NI\x43K "
    $i3 = "JO\x49N "
    $i4 = "PO\x4eG"
    $x1 = /`\$\{?\w{1,20}\}?`|qx[({\/]\$|\bsyst[e]m\s?\(?\s?\$|\bex[e]c\s?\(?\s?\$/
    $x2 = /\b(popen|getoutput|check_output|Popen|os\.system|shell_exec|execSync|child_process)\b/
    $f1 = /(udp|tcp|syn|ack|http|icmp|get)_?flo[o]d/ nocase
    $f2 = /slowlor[i]s/ nocase
    $f3 = /\bSOCK_(DGRA[M]|RAW)\b/
    $f4 = /\$0\s?=\s?["'\[]/
    $f5 = /portsc[a]n/ nocase
    $f6 = /\bfo[r]k\s?(\(\))?\s?(&&|and)\s?(exit|die)/
  condition:
    filesize < 1MB and all of ($i*) and any of ($x*) and any of ($f*)
}

rule flood_on_command {
  meta:
    description = "Code that floods an address for a time that it is told, by order of somebody it is connected to"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1498,T1499,T1071"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $t1 = /whi[l]e\s?\(?\s?time(\.time)?(\(\))?\s?<\s?\w/
    $t2 = /whi[l]e\s?\(?\s?Date\.now\(\)\s?<\s?\w/
    $s1 = /\.send(to|all)?\s?\(/
    $u1 = /(_urand[o]m|os\.urandom|randb[y]tes|randomB[y]tes)\(/
    $u2 = /\bSOCK_(DGRA[M]|RAW)\b/
    $u3 = /createSo[c]ket\(['"]udp/
    $c1 = /\.(re[c]v|makefi[l]e|readline)\(/
    $c2 = /\.on\(['"]da[t]a['"]/
    $o1 = /\.spli[t]\(/
    $x1 = /\b(getout[p]ut|check_output|Popen|os\.popen|os\.system|execSync|child_process)\b/
    $x2 = /(flo[o]d|slowlor[i]s|attac[k]|\bddo[s]|\bbotn[e]t)/ nocase
    $x3 = /["'][!.](u[d]p|s[y]n|t[c]p|a[c]k|ht[t]p|ic[m]p|vs[e]|k[i]ll)["' ]/
  condition:
    filesize < 1MB and any of ($t*) and $s1 and any of ($u*) and any of ($c*) and $o1 and any of ($x*)
}

rule flooding_program {
  meta:
    description = "A program that knows many ways to flood an address, and looks after its own survival"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1498,T1499"
    filetypes = "elf,python-bytecode"
    advice = "Treat hosts on which this ran as controlled by somebody else. Keep the file for analysis, rebuild the host."
  strings:
    $m1 = /\b(udp|tcp|syn|ack|http|https|icmp|get|post|dns|ssl|tls|std|xmas|hex|ovh|vse)[_ \-]?fl[o]od/ nocase
    $m2 = "udppl\x61in" nocase
    $m3 = /\b(tcp|udp)[_-]?(sy[n]|ac[k]|byp[a]ss|str[e]am|leg[i]t)\b/ nocase
    $m4 = "slowlo\x72is" nocase
    $m5 = "httpflo\x6fd" nocase
    $m6 = "synflo\x6fd" nocase
    $m7 = /\b(attack|flood)_(udp|tcp|http|dns|vse|gre|std|sy[n]|ac[k])/ nocase
    $m8 = /\b(dns|ntp|ssdp|memcached?)[_ -]?am[p]\b/ nocase
    $k1 = "/dev/wa\x74chdog"
    $k2 = "/dev/misc/w\x61tchdog"
    $k3 = "/proc/ne\x74/tcp"
    $k4 = "/bin/bu\x73ybox"
    $k5 = "ncorre\x63t"
    $k6 = /\bbotn[e]t\b|\bBOTKI[L]L|\bc2_?(host|addr|server)/ nocase
    $k7 = /Mozilla\/5\.0 \(Wind[o]ws NT/
    $k8 = "PRI\x56MSG"
  condition:
    filesize < 20MB and 3 of ($m*) and 2 of ($k*)
}
