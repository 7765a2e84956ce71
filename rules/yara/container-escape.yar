// Ways out of a container onto its host (T1611).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule cgroup_release_agent {
  meta:
    description = "The release_agent escape: a program on the host is started when a control group empties"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = "releas\x65_agent"
    $b = "notify_o\x6e_release"
    $c1 = "/etc/\x6dtab"
    $c2 = "uppe\x72dir="
    $c3 = "mount -t \x63group"
    $c4 = "/c\x6dd"
    $d = "cgrou\x70.procs"
  condition:
    filesize < 1MB and $a and $b and any of ($c1, $c2, $c3) and ($c4 or $d)
}

rule core_pattern_escape {
  meta:
    description = "A program of the container's own file system is set as the host's crash handler"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = /(echo|printf)[^\n]{0,120}\|[^\n]{0,160}>\s?["']?(\/[a-z_\/]{1,40})?\/proc\/sys\/kernel\/core_pat[t]ern/
    $b = /["']\/proc\/sys\/kernel\/core_pat[t]ern["'][^\n]{0,40}["']w/
    $c = "uppe\x72dir="
    $d = "/etc/\x6dtab"
    $e = "ove\x72lay"
  condition:
    filesize < 1MB and any of ($a, $b) and any of ($c, $d, $e)
}

rule docker_socket_host_mount {
  meta:
    description = "A request over the engine's socket that creates a container with the host's root folder inside"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1611,T1610"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $s1 = "/var/run/do\x63ker.sock"
    $s2 = /t[c]p:\/\/[^\s]{3,60}:2375/
    $s3 = /ht[t]p:\/\/[^\s\/]{3,60}:2375\//
    $s4 = "/run/doc\x6ber.sock"
    $c = "/containe\x72s/create"
    $b1 = /"Bi[n]ds"\s?:\s?\[\s?"\/:/
    $b2 = /\\"Bi[n]ds\\"\s?:\s?\[\s?\\"\/:/
    $b3 = /"Sou[r]ce"\s?:\s?"\/"/
    $b4 = /\bBi[n]ds["']?\]?\s?[:=]\s?\[["']\/:/
  condition:
    filesize < 2MB and any of ($s*) and $c and any of ($b*)
}

rule docker_run_host_root {
  meta:
    description = "A container is started with the host's root folder inside and a chroot into it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611,T1610"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = /doc[k]er[^\n]{0,80} run [^\n]{0,160}(-v|--volume|--mount)[ =]\/:\/[a-z]{1,12}[^\n]{0,160}chroot \/[a-z]{1,12}/
    $b = /doc[k]er -H (tcp:\/\/)?[^\s]{3,60} run [^\n]{0,160}(-v|--volume)[ =]\/:\//
    $c = /(podman|nerdctl|ctr)[^\n]{0,60} run [^\n]{0,160}(-v|--volume)[ =]\/:\/[a-z]{1,12}[^\n]{0,160}chr[o]ot \/[a-z]{1,12}/
  condition:
    filesize < 2MB and any of them
}

rule nsenter_host {
  meta:
    description = "A script that enters the namespaces of the host's first process"
    severity = "medium"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1611"
    filetypes = "interpretable"
    advice = "Only node agents need this. When the image is not one, ask why it has it."
  strings:
    $a = /nse[n]ter [^\n]{0,60}(-t ?1|--target[ =]1)\b[^\n]{0,80}(-m|--mount|-a|--all)\b/
    $b = /nse[n]ter [^\n]{0,60}(-m|--mount|-a|--all)[^\n]{0,60}(-t ?1|--target[ =]1)\b/
    $c = /nse[n]ter --mount=\/(host\/)?proc\/1\/ns\/mnt/
  condition:
    filesize < 1MB and any of them
}

rule nsenter_host_payload {
  meta:
    description = "The host's namespaces are entered in order to plant or fetch something there"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611,T1105"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = /nse[n]ter [^\n]{0,120}(-t ?1|--target[ =]1)\b[^\n]{0,160}(curl|wget|crontab|authorized_keys|base64 -d|\/etc\/cron|useradd|\/dev\/tcp)/
  condition:
    filesize < 1MB and $a
}

rule chroot_host_plant {
  meta:
    description = "Something is planted in a mounted host file system: a key, a cron line, an account"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611,T1053.003"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = />>?\s?["']?\/(host|hostfs|host_root|rootfs|mnt\/host|mnt\/root|hostroot)\/(root|home\/[a-z$\{]{1,20})\/\.ssh\/autho[r]ized_keys/
    $b = />>?\s?["']?\/(host|hostfs|host_root|rootfs|mnt\/host|host[r]oot)\/(etc\/cron(tab|\.d\/)|var\/spool\/cron)/
    $c = /chr[o]ot \/(host|hostfs|rootfs|mnt|hostroot)[^\n]{0,60}(crontab|useradd|authorized_keys|\/etc\/cron|curl [^\n]{1,80}\| ?(ba)?sh)/
    $d = />>?\s?["']?\/(host|hostfs|mnt\/host|hostroot)\/e[t]c\/(passwd|shadow|sudoers|ld\.so\.preload)/
  condition:
    filesize < 1MB and any of them
}

rule host_disk_mount {
  meta:
    description = "A script that looks for the host's disk and mounts it"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = /(fdisk -l|lsblk|blkid|cat \/proc\/parti[t]ions)[^\n]{0,80}/
    $b = /mo[u]nt [^\n]{0,30}\/dev\/(sd[a-z][0-9]?|vd[a-z][0-9]?|xvd[a-z][0-9]?|nvme[0-9]n[0-9]p?[0-9]?|dm-[0-9]|\$\{?[a-zA-Z]{1,12}\}?) \/(mnt|tmp|host)/
    $c1 = "chr\x6fot"
    $c2 = "authori\x7aed_keys"
    $c3 = "cro\x6etab"
    $c4 = "/etc/s\x68adow"
  condition:
    filesize < 200KB and $a and $b and any of ($c*)
}

rule mknod_debugfs {
  meta:
    description = "A device file of the host's disk is made and read with debugfs"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = /mk[n]od [^\n]{1,60} b [0-9]{1,3} [0-9]{1,3}/
    $b = /deb[u]gfs (-w )?(-R )?/
    $c1 = "authori\x7aed_keys"
    $c2 = "/etc/s\x68adow"
    $c3 = "/etc/cr\x6fntab"
    $c4 = "/proc/self/\x6dountinfo"
  condition:
    filesize < 200KB and $a and $b and any of ($c*)
}

rule runc_overwrite {
  meta:
    description = "The runc overwrite (CVE-2019-5736): a program that waits for the engine's own binary and overwrites it"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1611"
    filetypes = "elf,interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = "#!/proc/s\x65lf/exe"
    $b = "/proc/s\x65lf/exe"
    $c = "ru\x6ec"
    $d = /\/pr[o]c\/(%d|%s|" ?\+ ?[a-z.A-Z()]{1,30} ?\+ ?")\/exe/
    $e = /\/pr[o]c\/self\/fd\/(%d|%s|" ?\+)/
    $f = "/cmd\x6cine"
  condition:
    filesize < 10MB and $a and $c and (($d and $e) or ($f and $b))
}

rule leaked_descriptor_working_folder {
  meta:
    description = "A working folder in a leaked descriptor (CVE-2024-21626): the container starts inside the host's file system"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = /(WORKDIR|workingDir:|--workdir[ =]|-w|"WorkingDir"\s?:\s?"|"cwd"\s?:\s?")\s?["']?\/pr[o]c\/(self|1)\/fd\/[0-9]{1,2}/
  condition:
    filesize < 1MB and $a
}

rule open_by_handle_escape {
  meta:
    description = "The \"shocker\" escape: guesses file handles in order to open the host's files"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611"
    filetypes = "elf,interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = "open_by_h\x61ndle_at"
    $b1 = "find_h\x61ndle"
    $b2 = "sho\x63ker"
    $b3 = /\[\*\] (Reso[l]ving|Trying|Brute forcing)/
    $c1 = "/etc/s\x68adow"
    $c2 = "/.docke\x72init"
    $c3 = "/etc/ho\x73tname"
  condition:
    filesize < 5MB and $a and 1 of ($b*) and 1 of ($c*)
}

rule kernel_helper_path {
  meta:
    description = "A program of the container's own file system is set as a helper that the host's kernel starts"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = /(echo|printf)[^\n]{0,160}>\s?["']?\/(sys\/kernel\/uevent_helper|proc\/sys\/kernel\/(modp[r]obe|hotplug))/
    $b1 = "uppe\x72dir="
    $b2 = "/etc/\x6dtab"
    $b4 = "ove\x72lay"
  condition:
    filesize < 1MB and $a and any of ($b*)
}

rule kubernetes_privileged_pod {
  meta:
    description = "A pod or daemon set is created through the API with the host's root folder and full rights"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1610,T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $t = "serviceac\x63ount/token"
    $a1 = "/api/v1/nam\x65spaces/"
    $a2 = "/apis/\x61pps/v1/"
    $a3 = "kub\x65ctl "
    $p1 = /["']?privi[l]eged["']?\s?:\s?["']?[tT]rue/
    $p2 = /["']?hos[t]PID["']?\s?:\s?["']?[tT]rue/
    $h = /["']?host[P]ath["']?\s?:\s?\{?\s{0,40}["']?path["']?\s?:\s?["']?\/["'\s}]/
  condition:
    filesize < 1MB and $t and any of ($a*) and any of ($p*) and $h
}

rule kubernetes_host_root_manifest {
  meta:
    description = "A manifest for a pod that gets the host's root folder, full rights, and a shell or a download as its command"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1610,T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $k = /ki[n]d:\s?(Pod|DaemonSet|Deployment|CronJob|Job)/
    $p = /privi[l]eged:\s?true/
    $h = /host[P]ath:\s{1,40}path:\s?["']?\/["']?(\s|$)/
    $c1 = /chr[o]ot \/(host|mnt|rootfs)/
    $c2 = /(cu[r]l|wget) [^\n]{1,160}\| ?(ba)?sh/
    $c3 = "nse\x6eter"
    $c4 = "xm\x72ig"
    $c5 = "/dev/\x74cp/"
  condition:
    filesize < 200KB and $k and $p and $h and any of ($c*)
}

rule kubelet_exec {
  meta:
    description = "Commands are run in other pods through the unprotected port of the node agent"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1609,T1210"
    filetypes = "elf,interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = /:10250\/(run|ex[e]c)\//
    $b = /:10250\/(pods|runni[n]gpods)/
    $c = ":10255/po\x64s"
    $d1 = "c\x6dd="
    $d2 = "com\x6dand="
  condition:
    filesize < 20MB and (($a and any of ($d*)) or ($a and $b)) and not ($c and filesize > 5MB)
}

rule escape_toolkits {
  meta:
    description = "A toolkit made for breaking out of containers (CDK, deepce, BOtB, peirates, and others)"
    severity = "high"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1611"
    filetypes = "elf,interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $c1 = "cdk-te\x61m/CDK"
    $c2 = "CDK (Conta\x69ner DucK)"
    $c3 = "stealthco\x70ter/deepce"
    $c4 = "brompw\x6eie/botb"
    $c5 = "inguardia\x6es/peirates"
    $c6 = "Peir\x61tes"
    $c7 = "quarksla\x62/kdigger"
    $c8 = "PercussiveElbow/\x64ocker-escape-tool"
    $c9 = "4ARMED/kub\x65letmein"
    $c10 = "teamssix/contai\x6eer-escape-check"
    $d1 = "esc\x61pe" nocase
    $d2 = "exp\x6coit" nocase
    $d3 = "service \x61ccount" nocase
    $d4 = "docke\x72.sock"
    $d5 = "privi\x6ceged" nocase
  condition:
    filesize < 60MB and any of ($c*) and 3 of ($d*)
}

rule amicontained_tool {
  meta:
    description = "amicontained, which tells what a container may do"
    severity = "low"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1613"
    filetypes = "elf"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = "genuinetools/\x61micontained"
    $b = "amicon\x74ained"
    $c = "AppArmo\x72 Profile"
    $d = "Containe\x72 Runtime"
  condition:
    uint32(0) == 0x464c457f and ($a or ($b and $c and $d))
}

rule local_root_exploits {
  meta:
    description = "A local exploit for the Linux kernel or a privileged program, by the words of its author"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1068"
    filetypes = "elf,interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a1 = "dirt\x79cow" nocase
    $a2 = "Dirt\x79 COW" nocase
    $a3 = "Dirt\x79Pipe" nocase
    $a4 = "pwn\x6bit" nocase
    $a5 = "GameO\x76er(lay)"
    $a6 = "C\x56E-2016-5195"
    $a7 = "C\x56E-2022-0847"
    $a8 = "C\x56E-2021-4034"
    $a9 = "C\x56E-2022-0492"
    $a10 = "C\x56E-2023-32233"
    $a11 = "C\x56E-2024-1086"
    $a12 = "C\x56E-2021-3493"
    $a13 = "C\x56E-2023-2640"
    $b1 = "/proc/s\x65lf/mem"
    $b2 = "GCON\x56_PATH=."
    $b3 = "pke\x78ec"
    $b4 = "spl\x69ce("
    $b5 = "set\x75id(0)"
    $b6 = "got \x72oot" nocase
    $b7 = "root\x73hell" nocase
    $b8 = "/bi\x6e/sh"
    $b9 = "mad\x76ise"
    $b10 = "modpro\x62e_path"
    $b11 = "unsh\x61re -rm"
    $m1 = "int \x6dain"
  condition:
    filesize < 2MB and 1 of ($a*) and 3 of ($b*) and ($m1 or uint16(0) == 0x2123 or uint32(0) == 0x464c457f)
}

rule host_proc_root_write {
  meta:
    description = "A script writes into the host through the first process's root"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $a = />>?\s?["']?\/(host\/)?pr[o]c\/1\/root\/(etc\/(cron|passwd|shadow|sudoers|ld\.so\.preload|systemd)|root\/\.ssh|var\/spool\/cron)/
    $b = /cp [^\n]{1,80} \/(host\/)?pr[o]c\/1\/root\/(tmp|usr\/bin|etc|root|usr\/local)/
  condition:
    filesize < 1MB and any of them
}

rule control_group_mounted_beside_overlay {
  meta:
    description = "A script that mounts control groups anew, looks up its own layer on the host and leaves a program there"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1611"
    filetypes = "interpretable"
    advice = "Nothing in an application image needs this. Treat the image as hostile; check the hosts on which it ran with rights."
  strings:
    $u = "uppe\x72dir="
    $p = "cgrou\x70.procs"
    $m = /\bmount['"]?,? ['"]?-t['"]?,? ?['"]?cgr[o]up\b/
    $c = /\bchm[o]d\b/
  condition:
    filesize < 256KB and all of them
}
