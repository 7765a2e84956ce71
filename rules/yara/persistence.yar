// Arrangements that bring an attacker back after a restart or a cleaning (T1053, T1543, T1098, T1546).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule key_planted_by_script {
  meta:
    description = "A script that adds an SSH key of somebody for root, with the key in the script itself"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1098.004"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /(echo|printf)[^\n]{0,40}(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp[0-9]{3}) AAAA[A-Za-z0-9+\/=]{20,}[^\n]{0,200}>{1,2}\s?["']?(\/root|~|\$HOME|\$\{HOME\}|\/home\/[^\/\n]{1,30}|\$\{?[a-zA-Z_]{1,20}\}?)\/\.ssh\/autho[r]ized_keys/
  condition:
    filesize < 5MB and $a
}

rule key_planted_and_locked {
  meta:
    description = "A script that plants an SSH key and locks the file against removal"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1098.004,T1222.002"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = "authori\x7aed_keys"
    $b = /cha[t]tr \+[aisu]{1,4} [^\n]{0,100}(authorized_keys|\.ssh)/
    $c = /cha[t]tr -[iasu]{1,4} [^\n]{0,100}(authorized_keys|\.ssh)/
    $k = /ssh-(rsa|ed25519) AA[A]A/
  condition:
    filesize < 5MB and $a and ($b or ($c and $k))
}

rule cron_fetch_and_run {
  meta:
    description = "A cron line that fetches something and runs it"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1053.003,T1105"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /[0-9*,\/\-]{1,12} \* \* \* [^\n]{0,60}\b(curl|wget|cdl|wdl|lwp-down[l]oad) [^\n|]{3,260}\| ?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh\b/
    $b = /@(reb[o]ot|hourly|daily|weekly) [^\n]{0,60}\b(curl|wget) [^\n|]{3,260}\| ?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh\b/
    $c = /[0-9*,\/\-]{1,12} \* \* \* [^\n]{0,200}ba[s]e64 -d[^\n]{0,40}\| ?(ba)?sh\b/
  condition:
    filesize < 2MB and any of them
}

rule cron_from_temporary_folder {
  meta:
    description = "A cron line that starts a program from a temporary or hidden folder"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1053.003,T1564.001"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /[0-9*,\/\-]{1,12} \* \* \* (ro[o]t |[a-z_-]{1,20} )?(\/bin\/)?(ba|da)?(sh )?(-c )?["']?(\/tmp|\/var\/tmp|\/dev\/shm|\/run\/shm)\/[^\s]{1,80}/
    $b = /[0-9*,\/\-]{1,12} \* \* \* (ro[o]t |[a-z_-]{1,20} )?(\/bin\/)?(ba|da)?(sh )?["']?\/[a-z\/]{1,40}\/\.[a-z0-9_\-]{2,30}(\/[^\s]{1,60})?/
    $c = /@reb[o]ot (root )?["']?(\/tmp|\/var\/tmp|\/dev\/shm|\/[a-z\/]{1,40}\/\.[a-z0-9_\-]{2,30})\/[^\s]{1,80}/
  condition:
    filesize < 200KB and any of them
}

rule cron_replaced_by_script {
  meta:
    description = "A script that installs a cron line with a fetched or hidden program"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1053.003,T1059.004"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /(echo|printf)[^\n]{0,40}(\*|\*\/[0-9]{1,2}|@reboot)[^\n]{0,200}(curl|wget|base64|\/tmp\/|\/dev\/shm\/|\/var\/tmp\/|\/\.[a-z])[^\n]{0,200}\| ?cro[n]tab -/
    $b = /(echo|printf)[^\n]{0,40}\*[^\n]{0,200}(curl|wget|base64|\/dev\/shm\/|\/var\/tmp\/|\/tmp\/\.)[^\n]{0,200}>{1,2}\s?["']?\/(etc\/cron(tab|\.d\/[a-z0-9_.\-]{1,40}|\.hourly\/[a-z0-9_.\-]{1,40})|var\/spool\/cron(\/cron[t]abs)?\/[a-z]{1,20})/
  condition:
    filesize < 2MB and any of them
}

rule service_from_temporary_folder {
  meta:
    description = "A service unit that starts a program from a temporary or hidden folder"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1543.002,T1564.001"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $u = "[Ser\x76ice]"
    $a = /Exec[S]tart=-?\+?["']?(\/tmp|\/var\/tmp|\/dev\/shm|\/run\/shm)\/[^\s]{1,80}/
    $b = /Exec[S]tart=-?\+?["']?\/(usr|etc|var|opt|lib|root|home|bin|sbin|dev)(\/[a-zA-Z0-9_\-]{1,30}){0,4}\/\.[a-zA-Z0-9_\-]{1,40}/
  condition:
    filesize < 64KB and $u and any of ($a, $b)
}

rule service_fetch_and_run {
  meta:
    description = "A service unit that fetches something and runs it"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1543.002,T1105"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $u = "[Ser\x76ice]"
    $a = /Ex[e]c(Start|StartPre|StartPost|Reload)=[^\n]{0,80}\b(curl|wget) [^\n|]{3,260}\| ?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh\b/
    $b = /Ex[e]c(Start|StartPre|StartPost)=[^\n]{0,120}\/dev\/tcp\//
    $c = /Ex[e]c(Start|StartPre|StartPost)=[^\n]{0,120}base64 (-d|--decode)[^\n]{0,60}\| ?(ba)?sh\b/
  condition:
    filesize < 64KB and $u and any of ($a, $b, $c)
}

rule service_written_by_script {
  meta:
    description = "A script that fetches a program into a temporary or hidden folder and makes a service of it"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1543.002,T1059.004"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /\/(etc|lib|usr\/lib)\/sys[t]emd\/system\/[a-zA-Z0-9_@.\-]{1,60}\.service/
    $b = /Exec[S]tart=["']?(\$\{?[A-Za-z_]{1,20}\}?\/|\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/[a-z\/]{1,40}\/\.[a-z])/
    $c = /(curl|wget) [^\n]{1,200}ht[t]ps?:\/\/([0-9]{1,3}\.){3}[0-9]{1,3}/
    $d = /syst[e]mctl (enable|start|daemon-reload)/
  condition:
    filesize < 1MB and all of them
}

rule profile_starts_hidden_program {
  meta:
    description = "A shell profile that starts a fetched or hidden program with every login"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1546.004"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /(echo|printf)[^\n]{0,300}(curl|wget|nohup|\/dev\/tcp|\/tmp\/|\/dev\/shm\/)[^\n]{0,200}>>\s?["']?(\/etc\/pro[f]ile|\/etc\/bash\.bashrc|\/etc\/profile\.d\/[a-z0-9_.\-]{1,40}|(~|\$HOME|\/root|\/home\/[^\/\n]{1,30})\/\.(bashrc|profile|bash_profile|zshrc|bash_login))/
    $b = /cp (-f )?["']?(\/tmp|\/var\/tmp|\/dev\/shm)[^\n]{1,80} \/etc\/pro[f]ile\.d\//
  condition:
    filesize < 2MB and any of them
}

rule rc_local_hidden_program {
  meta:
    description = "A script that makes the boot script start a fetched or hidden program"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1037.004"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /(echo|printf|sed -i)[^\n]{0,300}(curl|wget|nohup|\/dev\/tcp|\/tmp\/|\/dev\/shm\/|\/var\/tmp\/)[^\n]{0,200}(>>\s?["']?|\s)\/e[t]c\/(rc\.d\/)?(rc\.local|init\.d\/[a-z0-9_.\-]{1,40}|inittab)/
  condition:
    filesize < 2MB and $a
}

rule root_account_added {
  meta:
    description = "A script that adds a second account with user number 0 and a password of its own"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1136.001"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /(echo|printf)[^\n]{0,40}["']?[a-z_][a-z0-9_\-]{0,30}:(x|\$[156y]\$[^:\n]{4,120}|[A-Za-z0-9.\/]{13})?:0:0:[^\n]{0,120}>>\s?["']?\/etc\/pas[s]wd/
    $b = /us[e]r(add|mod) [^\n]{0,80}-o[^\n]{0,30} -u ?0\b/
    $c = /us[e]r(add|mod) [^\n]{0,80}-u ?0 [^\n]{0,30}-o\b/
  condition:
    filesize < 2MB and any of them
}

rule account_with_sudo_and_password {
  meta:
    description = "A script that makes an account with a fixed password hash and full sudo rights, without asking"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1136.001,T1548.003"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /use[r]add [^\n]{0,120}-p ["']?\$\(?(openssl|perl|mkpasswd|echo|[156y]\$)/
    $b = /use[r]add [^\n]{0,120}-p ["'](\$[156y]\$|[A-Za-z0-9.\/]{13}["'])/
    $c = /(echo|printf)[^\n]{0,80}ALL=\(ALL(:ALL)?\)\s{0,4}(NOPASSWD: ?)?ALL["']?\s?>>\s?["']?\/etc\/sud[o]ers/
    $d = /use[r]mod -a?G ?(sudo|wheel|root)/
    $h1 = "cha\x74tr "
    $h2 = "hist\x6fry -c"
    $h3 = "authori\x7aed_keys"
    $h4 = "/dev/\x6eull 2>&1"
  condition:
    filesize < 1MB and any of ($a, $b) and any of ($c, $d) and any of ($h*)
}

rule package_manager_hook {
  meta:
    description = "A package manager setting that fetches and runs something at every update"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1546.016"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /(APT::Update::(Pre|Post)-Invoke|DPkg::(Pre|Post)-Invoke|APT::Update::Post-Invoke-Suc[c]ess)[^\n]{0,20}\{?\s?["'][^\n]{0,200}(curl|wget|\/dev\/tcp|nc -e|base64 -d|nohup|\/tmp\/\.|\/dev\/shm\/)/
  condition:
    filesize < 64KB and $a
}

rule udev_rule_runs_program {
  meta:
    description = "A device rule that starts a program from a temporary or hidden folder, or a shell with a download"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1546.017"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /R[U]N\+?="[^"\n]{0,60}(\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\/\.[a-z0-9]{1,20}\/|curl |wget |\/dev\/tcp|\| ?at now)/
    $b = /(SUBS[Y]STEM|ACTION|KERNEL|ENV\{)/
  condition:
    filesize < 64KB and all of them
}

rule git_hook_fetch {
  meta:
    description = "A hook or filter of a repository that fetches and runs something"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1546,T1105"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /(post-chec[k]out|post-merge|pre-commit|post-commit|post-receive|hooks\/)/
    $b = /(curl|wget) [^\n]{1,200}ht[t]ps?:\/\/(([0-9]{1,3}\.){3}[0-9]{1,3}|[^\n]{1,80}(pastebin|ngrok|trycloudflare|transfer\.sh))[^\n]{0,160}\| ?(ba)?sh/
    $c = /(smudge|clean|sshCo[m]mand|fsmonitor) ?= ?[^\n]{0,60}(curl |wget |\/dev\/tcp)/
  condition:
    filesize < 200KB and ($c or ($a and $b))
}

rule locked_against_removal {
  meta:
    description = "A script that locks its programs or cron files against removal, even by root"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1222.002"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /cha[t]tr \+[aiASsu]{1,5} [^\n]{0,60}(\/etc\/cron|\/var\/spool\/cron|\/tmp\/|\/dev\/shm\/|\/var\/tmp\/|\/etc\/ld\.so\.preload|\/usr\/bin\/\.|\/root\/\.)/
    $b1 = "cu\x72l "
    $b2 = "wg\x65t "
    $b3 = "no\x68up "
    $b4 = "cro\x6etab"
    $b5 = "pk\x69ll"
  condition:
    filesize < 2MB and $a and 2 of ($b*)
}

rule motd_or_at_job {
  meta:
    description = "A script that plants a fetched program into the login message, a logrotate or network script, or an at job"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1053.002,T1037"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /(echo|printf|cat)[^\n]{0,300}(curl|wget)[^\n]{0,200}>{1,2}\s?["']?\/e[t]c\/(update-motd\.d|logrotate\.d|network\/if-up\.d|NetworkManager\/dispatcher\.d|dhcp\/dhclient-exit-hooks\.d|X11\/Xsession\.d)\//
    $b = /(echo|pri[n]tf)[^\n]{0,300}(curl|wget) [^\n]{3,200}\| ?(ba)?sh[^\n]{0,40}\| ?at (now|[0-9])/
  condition:
    filesize < 1MB and any of them
}

rule setuid_shell_copy {
  meta:
    description = "A script that leaves a copy of a shell with root's rights"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1548.001"
    filetypes = "interpretable"
    advice = "Remove what is planted, find which build step planted it, and change the credentials of every host on which the image ran."
  strings:
    $a = /cp (-[a-z]{1,3} )?(\/usr)?\/bin\/(ba|da|z|k)?sh [^\n]{1,80}[;&\n][^\n]{0,60}\n?[^\n]{0,60}ch[m]od (u\+s|\+s|[4-7]7[0-9]{2}|4[0-9]{3})/
    $b1 = /ch[m]od u?\+s [^\n]{0,40}\/bin\/(ba|da|z|k)?sh\b/
    $b2 = /ch[m]od [46][0-7]{3} [^\n]{0,40}\/bin\/(ba|da|z|k)?sh\b/
  condition:
    filesize < 1MB and any of them
}
