// Libraries and settings that hide processes, files and logins by hooking the C library (T1574.006, T1014).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule process_hider_library {
  meta:
    description = "A library that hides a process by leaving it out of directory listings"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1014,T1574.006"
    filetypes = "elf"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $r1 = "rea\x64dir64"
    $r2 = "rea\x64dir"
    $f = "process_\x74o_filter"
    $p = "/proc/s\x65lf/fd/%d"
    $s = "/proc/%\x73/stat"
    $d = "dl\x73ym"
    $n = "libproc\x65sshider"
  condition:
    uint32(0) == 0x464c457f and (($f and any of ($r*)) or ($n and any of ($r*)) or (all of ($p, $s, $d) and any of ($r*) and filesize < 100KB))
}

rule process_hider_source {
  meta:
    description = "Source code of a library that hides processes from directory listings"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1014,T1574.006"
    filetypes = "interpretable"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $a = "process_\x74o_filter"
    $b = "DECLARE_\x52EADDIR"
    $c = "RTLD_\x4eEXT"
    $d = "/proc/%\x73/stat"
    $e = "get_proc\x65ss_name"
  condition:
    filesize < 200KB and 3 of them
}

rule preload_file_of_hider {
  meta:
    description = "A preload list that names a known hiding library"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1574.006"
    filetypes = "interpretable"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $a = /^\/[^\n]{1,120}(libproc[e]sshider|processhider|libselinux\.so\.[0-9]\.bak|libhide|hider|libbdvl|libjynx|libazazel|libumbreon|libsystem_hide|libpamhook|libgcwrap|libns1)[^\n\/]{0,20}\.so/
  condition:
    filesize < 1KB and $a
}

rule preload_file_in_odd_place {
  meta:
    description = "A file that is nothing but the path of a library in a temporary or hidden folder: the shape of a planted preload list"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1574.006"
    filetypes = "interpretable"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $a = /^\/(tmp|var\/tmp|dev\/shm|run|ho[m]e|etc|root)\/[^\n]{1,120}\.so(\.[0-9]{1,3})*\s{0,4}$/
    $b = /^\/(usr|lib|opt|var|bin|sb[i]n)\/([a-z0-9_\-]{1,40}\/)*\.[^\n\/]{1,60}(\/[^\n]{1,60})?\.so(\.[0-9]{1,3})*\s{0,4}$/
  condition:
    filesize < 300 and any of them
}

rule preload_planted_by_script {
  meta:
    description = "A script that forces a library into every program by way of the preload list"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1574.006,T1059.004"
    filetypes = "interpretable"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $a = /(echo|printf)[^\n]{1,200}\.so[^\n]{0,40}>{1,2}\s?["']?(\$\{?[A-Za-z_]{1,20}\}?)?\/etc\/ld\.so\.pre[l]oad/
    $b = /(cp|mv|install|tee)[^\n]{1,160}\s["']?(\$\{?[A-Za-z_]{1,20}\}?)?\/etc\/ld\.so\.pre[l]oad/
    $h1 = "cha\x74tr +i"
    $h2 = "/dev/\x73hm"
    $h3 = "/t\x6dp/"
    $h4 = "g\x63c "
    $h5 = "cu\x72l "
    $h6 = "wg\x65t "
    $h7 = "proces\x73hider"
    $h8 = /\/usr\/lo[c]al\/lib\/lib[a-z]{3,20}\.so/
  condition:
    filesize < 1MB and any of ($a, $b) and any of ($h*)
}

rule jynx_family {
  meta:
    description = "A preload rootkit of the Jynx, Azazel, Vlany or bedevil family"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1014,T1574.006"
    filetypes = "elf"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $a1 = "Jy\x6ex"
    $a2 = "aza\x7ael"
    $a3 = "vl\x61ny"
    $a4 = "bd\x76l"
    $a5 = "HIDDE\x4e_XATTR"
    $a6 = "umb\x72eon"
    $a7 = "is_b\x64usr"
    $a8 = "drop_du\x70shell"
    $a9 = "drop_\x73hell"
    $a10 = "is_file_i\x6evisible"
    $a11 = "hide_\x6dagic"
    $h1 = "rea\x64dir64"
    $h2 = "__xs\x74at64"
    $h3 = "pam_auth\x65nticate"
    $h4 = "ld.so.p\x72eload"
    $h5 = "getp\x77nam_r"
    $h6 = "dl\x73ym"
    $h7 = "pcap_\x6coop"
  condition:
    uint32(0) == 0x464c457f and any of ($a*) and 4 of ($h*)
}

rule preload_many_hooks {
  meta:
    description = "A library that hooks directory listing, file opening, logins and connections at once and knows the preload list"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1014,T1574.006,T1556.003"
    filetypes = "elf"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $p = "/etc/ld.so.\x70reload"
    $n = "RTLD_\x4eEXT"
    $d = "dl\x73ym"
    $h1 = "rea\x64dir64"
    $h2 = "fo\x70en64"
    $h3 = "pam_auth\x65nticate"
    $h4 = "gets\x70nam"
    $h5 = "/proc/n\x65t/tcp"
    $h6 = "pcap_\x6coop"
    $h7 = "__lxs\x74at64"
    $h8 = "unli\x6ekat"
    $h9 = "cry\x70t_r"
    $m1 = "HIST\x46ILE"
    $m2 = "/bi\x6e/sh"
    $m3 = "authori\x7aed_keys"
  condition:
    uint32(0) == 0x464c457f and (filesize < 2MB and $p and ($n or $d) and 4 of ($h*) and 1 of ($m*))
}

rule symbiote_family {
  meta:
    description = "A library with the traits of Symbiote or OrBit: hooks capture, reading and login, stores what is typed"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1014,T1574.006,T1205"
    filetypes = "elf"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $a1 = "cert\x62otx64"
    $a2 = "java\x75tils"
    $a3 = "/lib/libn\x74pVnQE6mk/"
    $a4 = "java\x6eode"
    $a5 = "apach\x652start"
    $a6 = "kerneld\x65v.so.bkp"
    $h1 = "lib\x70cap"
    $h2 = "pam_auth\x65nticate"
    $h3 = "rea\x64dir64"
    $h4 = "setso\x63kopt"
    $h5 = "exe\x63ve"
  condition:
    uint32(0) == 0x464c457f and any of ($a*) and 3 of ($h*)
}

rule tool_replaced_by_wrapper {
  meta:
    description = "A wrapper in the place of ps, top or netstat that leaves lines out of its output"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1014,T1036.003,T1554"
    filetypes = "interpretable"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $a = /\b(ps|top|netstat|ss|lsof|pstree|who|last|w|find|ls)(\.original|\.lani[g]iro|\.orig|\.real|\.bak|_bak|\.old)? ["']?\$[@*]["']? ?\| ?(e|f)?gr[e]p -[a-zA-Z]{0,4}v/
    $b = /mv (\/usr)?\/b[i]n\/(ps|top|netstat|pstree|ss|lsof) (\/usr)?\/bin\/[a-z.]{2,30}[^\n]{0,20}\n/
    $c = /\.lani[g]iro/
  condition:
    filesize < 1MB and ($a or $c or ($b and $a))
}

rule proc_bind_mount_hiding {
  meta:
    description = "A script that hides a process by mounting an empty folder over its entry in /proc"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1564,T1014"
    filetypes = "interpretable"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $a = /mo[u]nt (-o bind|--bind) [^\n]{1,80} \/proc\/(\$|["']?\$\{?[a-zA-Z_]|[0-9]{1,7}\b)/
    $b = /mo[u]nt -t (tmpfs|ext4)[^\n]{0,60} \/proc\/(\$\$|\$!|\$\{?[a-zA-Z_])/
  condition:
    filesize < 1MB and any of them
}

rule pam_password_stealer {
  meta:
    description = "An authentication module that writes down passwords or accepts a master password"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1556.003"
    filetypes = "elf"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $p = "pam_sm_aut\x68enticate"
    $g = "pam_get_\x61uthtok"
    $i = "pam_ge\x74_item"
    $m1 = /\/(tmp|var\/tmp|dev\/shm|usr\/(share|inc[l]ude|lib)|var\/log|etc)\/\.[a-zA-Z0-9_.\-]{2,40}/
    $m2 = /[Uu]s[e]r(name)?:? ?%s[ \t,|]{1,3}[Pp]ass(word)?:? ?%s/
    $m3 = "%s:%\x73:%s\n"
    $m4 = "/tmp/.\x70am"
  condition:
    uint32(0) == 0x464c457f and (filesize < 2MB and $p and ($g or $i) and (($m1 and ($m2 or $m3)) or $m2 or $m4))
}

rule pam_exec_password_log {
  meta:
    description = "A PAM setting or its helper that hands every password to a script"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1556.003,T1056"
    filetypes = "interpretable"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $a = /pam_exec\.so [^\n]{0,60}expose_aut[h]tok[^\n]{0,60}(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/\.[a-z]|curl|nc |bash -c|sh -c)/
    $b = "PAM_\x55SER"
    $c = /(read|cat) -?r? ?["']?(PASS|pass|pass[w]ord|PASSWORD|pw|authtok)/
    $d = /(>>\s?\/|cu[r]l |nc |wget )/
  condition:
    filesize < 64KB and ($a or ($b and $c and $d))
}

rule sshd_backdoored {
  meta:
    description = "An SSH server or client that was changed: it writes down passwords or knows a master password"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1554,T1556"
    filetypes = "elf"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $o = "Ope\x6eSSH_"
    $s = "keyboard-i\x6eteractive"
    $m1 = /(user|lo[g]in|pass(word)?|pwd)[:=] ?%s[^\n]{0,12}(pass(word)?|pwd|host|from)[:=] ?%s/ nocase
    $m2 = /\/(tmp|var\/tmp|dev\/shm|usr\/(share|inc[l]ude|lib|man)|etc\/X11|var\/run)\/\.[a-zA-Z0-9_\-]{2,30}/
    $m3 = "secr\x65t_ok"
    $m4 = "back\x64oor" nocase
    $m5 = "+user: %s +pa\x73sword: %s"
  condition:
    uint32(0) == 0x464c457f and (filesize < 20MB and $o and $s and (($m1 and $m2) or $m3 or $m4 or $m5))
}

rule pam_password_read_and_sent {
  meta:
    description = "A helper of the login that reads the password and sends it away"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1556.003"
    filetypes = "interpretable"
    advice = "Do not trust what tools show in a container of this image. Compare the library with the packages, and look for what it hides."
  strings:
    $b = "PAM_\x55SER"
    $r = /(^|\n)\s{0,8}(IFS= ?)?re[a]d (-\w{1,3} )?\w{1,20} ?(;[^\n]{0,80})?\n/
    $d = /\b(cu[r]l|wg[e]t|nc|ncat) [^\n]{0,200}\$\{?\w{1,20}/
  condition:
    filesize < 16KB and all of them
}
