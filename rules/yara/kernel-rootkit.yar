// Kernel modules and eBPF programs that hide or control a whole host (T1014, T1547.006).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule diamorphine_family {
  meta:
    description = "A kernel module of the Diamorphine family: hides itself, files and processes, gives root on a signal"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1014,T1547.006"
    filetypes = "elf"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $m = "verm\x61gic="
    $a1 = "diamo\x72phine" nocase
    $a2 = "modul\x65_hide"
    $a3 = "modul\x65_show"
    $a4 = "give_\x72oot"
    $a5 = "hacked_g\x65tdents64"
    $a6 = "hacke\x64_kill"
    $a7 = "is_inv\x69sible"
    $a8 = "hid\x65_pid"
    $b1 = "getd\x65nts64"
    $b2 = "sys_cal\x6c_table"
    $b3 = "kallsyms_l\x6fokup_name"
  condition:
    uint32(0) == 0x464c457f and $m and 2 of ($a*) and 1 of ($b*)
}

rule reptile_family {
  meta:
    description = "The Reptile kernel rootkit or its tools"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1014,T1547.006"
    filetypes = "elf"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $a1 = "rep\x74ile" nocase
    $a2 = "kh\x6fok_"
    $a3 = "kmatr\x79oshka"
    $a4 = "hide_\x70roc"
    $a5 = "magic_\x70acket"
    $a6 = "reptil\x65_shell"
    $a7 = "/reptile/r\x65ptile_cmd"
    $b1 = "verm\x61gic="
    $b2 = "is_proc_i\x6evisible"
    $b3 = "fillo\x6eedir"
    $b4 = "Revers\x65 shell"
  condition:
    uint32(0) == 0x464c457f and ($a6 or $a7 or ($a3 and any of ($b*)) or ($a2 and $b1 and any of ($a4, $a5, $b2)) or ($a1 and 2 of ($b*)))
}

rule syscall_hooking_module {
  meta:
    description = "A kernel module that hooks system calls and takes itself out of the list of modules"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1014,T1547.006"
    filetypes = "elf"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $m = "verm\x61gic="
    $n = "__this_m\x6fdule"
    $h1 = "sys_cal\x6c_table"
    $h2 = "ftrace_se\x74_filter_ip"
    $h3 = "kallsyms_l\x6fokup_name"
    $h4 = "registe\x72_kprobe"
    $t1 = "getd\x65nts64"
    $t2 = "tcp4_se\x71_show"
    $t3 = "__x64_sys_\x6bill"
    $t4 = "tcp6_se\x71_show"
    $r1 = "prepar\x65_creds"
    $r2 = "commi\x74_creds"
    $x1 = "hi\x64e"
    $x2 = "roo\x74kit" nocase
    $x3 = "invi\x73ible"
    $x4 = "unh\x69de"
  condition:
    uint32(0) == 0x464c457f and (filesize < 5MB and $m and $n and 1 of ($h*) and 1 of ($t*) and (all of ($r*) or 1 of ($x*)))
}

rule rootkit_module_source {
  meta:
    description = "Source code of a kernel module that hides itself and gives root"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1014,T1547.006"
    filetypes = "interpretable"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $a = /li[s]t_del(_init|_rcu)?\(\s?&?(THIS_MODULE->list|__this_module\.list)\)/
    $b = /MODULE_LIC[E]NSE\(/
    $c1 = "commi\x74_creds"
    $c2 = "getd\x65nts64"
    $c3 = "kallsyms_l\x6fokup_name"
    $c4 = "sys_cal\x6c_table"
    $c5 = "tcp4_se\x71_show"
    $c6 = "kobje\x63t_del"
  condition:
    filesize < 1MB and $a and $b and 2 of ($c*)
}

rule module_loaded_and_erased {
  meta:
    description = "A script that compiles or fetches a kernel module, loads it and erases it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1547.006,T1070.004"
    filetypes = "interpretable"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $a = /ins[m]od [^\n]{1,120}\.ko/
    $b = /r[m] (-[rf]{1,2} )?[^\n]{1,120}\.ko\b/
    $c1 = /(cu[r]l|wget) [^\n]{1,200}/
    $c2 = /make -C \/lib\/mod[u]les/
    $c3 = "ba\x73e64 -d"
    $c4 = "/t\x6dp/"
    $c5 = "/dev/\x73hm"
    $d2 = "rm\x6dod"
  condition:
    filesize < 1MB and $a and $b and any of ($c*) and not $d2
}

rule suterusu_adore_family {
  meta:
    description = "An older kernel rootkit (Suterusu, Adore-ng, Knark, rial, Drovorub, Puma)"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1014,T1547.006"
    filetypes = "elf"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $m = "verm\x61gic="
    $a1 = "sute\x72usu" nocase
    $a2 = "ado\x72e-ng" nocase
    $a3 = "ador\x65_init"
    $a4 = "kn\x61rk"
    $a5 = "Drov\x6frub"
    $a6 = "za\x72ya"
    $a7 = ".puma-c\x6fnfig"
    $a8 = "sut\x65kh"
    $a9 = "nuk3\x67h0st"
    $a10 = "brok\x65pkg"
    $b1 = "hi\x64e"
    $b2 = "proc_\x72oot"
    $b3 = "sys_\x63all"
    $b4 = "getd\x65nts"
  condition:
    uint32(0) == 0x464c457f and $m and any of ($a*) and any of ($b*)
}

rule ebpf_rootkit {
  meta:
    description = "An eBPF program that rewrites what other programs read: hides processes or changes credentials"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1014"
    filetypes = "elf"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $w = "bpf_probe_\x77rite_user"
    $w2 = "bpf_overr\x69de_return"
    $t1 = "sys_enter_\x67etdents64"
    $t2 = "sys_exit_\x67etdents64"
    $t3 = "tracepoint/sysc\x61lls/sys_exit_read"
    $t4 = "sys_enter_\x67etdents"
    $x1 = "pid_t\x6f_hide"
    $x2 = "hid\x65_pid"
    $x3 = "sud\x6fers"
    $x4 = "back\x64oor" nocase
    $x5 = "roo\x74kit" nocase
    $x6 = "/etc/p\x61sswd"
    $x7 = "execve_\x68ijack"
  condition:
    uint32(0) == 0x464c457f and (filesize < 60MB and 1 of ($t*) and ((any of ($w, $w2) and 1 of ($x*)) or 2 of ($x1, $x2, $x5, $x7)))
}

rule ebpf_known_rootkits {
  meta:
    description = "A published eBPF rootkit or a backdoor built on one (ebpfkit, TripleCross, boopkit, LinkPro, pamspy)"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1014,T1205"
    filetypes = "elf"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $a1 = "Gui774ume/\x65bpfkit"
    $a2 = "Tripl\x65Cross"
    $a3 = "boo\x70kit"
    $a4 = "pam\x73py"
    $a5 = "bad-\x62pf"
    $a6 = "ebpf-ba\x63kdoor"
    $a7 = "h3xd\x75ck"
    $b1 = "b\x70f_"
    $b2 = "lib\x62pf"
    $b3 = "upr\x6fbe"
    $b4 = "kpr\x6fbe"
  condition:
    uint32(0) == 0x464c457f and any of ($a*) and 2 of ($b*)
}

rule bpfdoor {
  meta:
    description = "BPFDoor: a backdoor that waits behind a packet filter without an open port"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1205.002,T1059"
    filetypes = "elf"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $a1 = "/var/run/ha\x6cdrund.pid"
    $a2 = "/dev/shm/kd\x6dtmpflush"
    $a3 = "hald-addon-acpi: listening on acpi \x6bernel interface /proc/acpi/event"
    $a4 = "qmgr -l -\x74 fifo -u"
    $a5 = "/sbin/iptables -t nat -D PREROUTING -p \x74cp -s %s --dport %d -j REDIRECT --to-ports %d"
    $a6 = "avahi-daemon: \x63hroot helper"
    $a7 = "/usr/lib/polkit-1/p\x6flkitd --no-debug"
    $a8 = "dbus-daem\x6fn --system"
    $b1 = "MYSQL_HISTF\x49LE=/dev/null"
    $b2 = "[-] Spawn she\x6cl failed."
    $b3 = "PS1=[\\\x75@\\h \\W]\\\\$ "
  condition:
    uint32(0) == 0x464c457f and ($a5 or 3 of ($a*) or (1 of ($a*) and 1 of ($b*)))
}

rule module_autoload_planted {
  meta:
    description = "A script that arranges for a kernel module from a temporary or hidden place to be loaded at every start"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1547.006"
    filetypes = "interpretable"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $a = /(echo|printf)[^\n]{1,80}>{1,2}\s?["']?\/e[t]c\/(modules|modules-load\.d\/[a-z0-9_.\-]{1,40})/
    $b = /(cp|mv|install) [^\n]{0,80}(\/tmp|\/var\/tmp|\/dev\/shm|\/\.)[^\n]{1,80}\.ko[^\n]{0,20} \/lib\/mod[u]les/
    $c = "dep\x6dod"
  condition:
    filesize < 1MB and $a and $b and $c
}

rule hooking_module_source {
  meta:
    description = "Source code of a kernel module that changes system calls, the lists of processes or connections, or credentials"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1014,T1547.006"
    filetypes = "interpretable"
    advice = "A container image has no use for this. Treat hosts on which it ran with rights as lost: rebuild them."
  strings:
    $l = "MODULE_LIC\x45NSE("
    $i1 = "module_i\x6eit("
    $i2 = "init_mo\x64ule("
    $c1 = "sys_cal\x6c_table"
    $c2 = /(__x64_sys_|orig(inal)?_|hook(ed)?_|new_|fake_)?getde[n]ts(64)?\b/
    $c3 = /tcp[46]_seq_s[h]ow/
    $c4 = "commi\x74_creds"
    $c5 = /(THIS_MODULE->l[i]st|kobject_del\(\s?&?THIS_MODULE)/
    $c6 = /write_c[r]0|unprotect_mem[o]ry/
    $c7 = /(new|hook(ed)?|fake|evil)_(fill[d]ir|iterate|iterate_shared|packet_rcv|sys_kill|read)\b/
    $c8 = /hid[e]_(pid|proc|file|module|port)|is_inv[i]sible|inv[i]sible_pid/
  condition:
    filesize < 1MB and $l and any of ($i*) and 3 of ($c*)
}
