// One-liners and small programs that hand a shell to whoever listens elsewhere (T1059).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule bash_dev_tcp {
  meta:
    description = "A shell whose input and output go to a network address through bash's /dev/tcp"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004,T1071.001"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /(ba|z|k|da)?sh -i[^\n]{0,20}[>&<]{1,3} ?\/d[e]v\/(tcp|udp)\/[^\s\/]{1,80}\/[^\s]{1,20}/
    $b = /\/d[e]v\/(tcp|udp)\/[^\s\/]{1,80}\/[^\s]{1,20} ?0[>&<]{1,3}1/
  condition:
    filesize < 20MB and any of them
}

rule bash_fd_loop {
  meta:
    description = "A loop that reads commands from a network descriptor and runs them in the shell"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $open = /ex[e]c [0-9]{1,3}<>\s?\/dev\/(tcp|udp)\//
    $loop1 = /wh[i]le read -?r? ?\w{1,20};? ?do (eval )?\$\w{1,20} 2>&([0-9]{1,3}) ?>&/
    $loop2 = /cat <&[0-9]{1,3} \| wh[i]le read/
    $loop3 = /s[h] <&[0-9]{1,3} >&[0-9]{1,3} 2>&[0-9]{1,3}/
  condition:
    filesize < 20MB and $open and any of ($loop*)
}

rule netcat_exec {
  meta:
    description = "Netcat that connects out and runs a shell for the other side"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /\b(nc|ncat|netcat|nc\.traditional)(\.exe)?( -[a-z]{1,6}| --[a-z-]{1,20}){0,6} (-[a-z]{0,5}e|--exec|-c|--sh-exec) \/(usr\/)?b[i]n\/(ba|da|z|k|a)?sh( -[il])? [0-9a-zA-Z.$\{\}_-]{3,80} [0-9$\{]/
    $b = /\b(nc|ncat|netcat)( -[a-z]{1,6}){0,4} ([0-9]{1,3}\.){3}[0-9]{1,3} [0-9]{2,5} (-[a-z]{0,5}e|--exec|-c) \/(usr\/)?b[i]n\/(ba|da|z|k|a)?sh\b/
  condition:
    filesize < 20MB and any of them
}

rule netcat_fifo {
  meta:
    description = "A named pipe that joins a shell to netcat, telnet or openssl: a reverse shell without -e"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $f = /mkf[i]fo|mknod [^\n]{1,60} p\b/
    $a = /c[a]t [^\n|]{1,80}\| ?(\/bin\/|\/usr\/bin\/)?(ba|da|z|k|a)?sh (-i )?2>&1 ?\| ?(nc|ncat|netcat|telnet|openssl s_client|busybox nc|socat) (-[a-km-z]{1,5} |-connect |-[a-z]{1,12} -connect )*["']?([0-9]{1,3}\.[0-9]|[a-zA-Z0-9_\-]{1,60}\.[a-z]|\$)/
    $b = /(ba|da|z|k|a)?sh (-i )?<[^\n|]{1,80}2>&1 ?\| ?(nc|ncat|netcat|telnet|ope[n]ssl s_client|busybox nc) (-[a-km-z]{1,5} |-[a-z]{1,12} -connect )*["']?([0-9]{1,3}\.[0-9]|[a-zA-Z0-9_\-]{1,60}\.[a-z]|\$)/
  condition:
    filesize < 20MB and any of ($a, $b) and $f
}

rule netcat_pipe_shell {
  meta:
    description = "Whatever a network peer sends is piped into a shell"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /\b(nc|ncat|netcat|telnet)( -[a-z]{1,6}| -w ?[0-9]{1,4}){0,4} ([0-9]{1,3}\.){3}[0-9]{1,3} [0-9]{2,5} ?\| ?\/(usr\/)?b[i]n\/(ba|da|z|k|a)?sh\b/
  condition:
    filesize < 20MB and $a
}

rule python_socket_shell {
  meta:
    description = "Python that ties a shell's descriptors to a socket"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $s = /socket\.socket\(|from socket import|\.con[n]ect\(\(/
    $d = /os\.dup2\([a-z_]{1,20}\.fil[e]no\(\), ?0\)|dup2\([a-z_]{1,20}\.fileno\(\), ?f(d|ileno)?\b/
    $d2 = /\[os\.dup2\([a-z_]{1,20}\.fil[e]no\(\), ?[a-z_]{1,6}\) for/
    $x1 = /(subpr[o]cess\.(call|run|Popen)|pty\.spawn|os\.execl?v?p?)\(\[?["']\/?(usr\/)?(bin\/)?(ba|da|z|k|a)?sh/
    $x2 = /os\.sys[t]em\(["']\/?(bin\/)?(ba)?sh/
  condition:
    filesize < 20MB and $s and any of ($d, $d2) and any of ($x*)
}

rule python_command_loop {
  meta:
    description = "Python that receives commands from a hard-coded address and sends their output back"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $c = /\.con[n]ect\(\(["']([0-9]{1,3}\.){3}[0-9]{1,3}["'], ?[0-9]{2,5}\)\)/
    $r = /\.re[c]v\([0-9*]{2,12}\)/
    $x1 = /subpr[o]cess\.(Popen|check_output|getoutput|run)\([^\n]{0,80}(shell ?= ?True)/
    $x2 = /os\.po[p]en\(/
    $x3 = /subpr[o]cess\.getoutput\(/
    $s = /\.se[n]d(all)?\(/
  condition:
    filesize < 200KB and $c and $r and $s and any of ($x*)
}

rule perl_socket_shell {
  meta:
    description = "Perl that opens a socket and runs a shell on it"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $s1 = /use Soc[k]et;|IO::Socket::INET/
    $c1 = /connect\(\w{1,20}, ?sock[a]ddr_in\(/
    $c2 = /Peer[A]ddr ?=>|IO::Socket::INET-?>?\(? ?(PeerAddr|["'])/
    $o1 = /op[e]n\(STD(IN|OUT|ERR), ?["'][<>]{1,2}&/
    $o2 = /STD(IN|OUT)->fdo[p]en\(/
    $x = /(exec|sys[t]em) ?[\{\(]? ?["']\/?(bin\/|usr\/bin\/)?(ba|da|z|k|a)?sh/
    $x2 = "syste\x6d$_ while<>"
  condition:
    filesize < 20MB and ($s1 and any of ($c*) and ((any of ($o*) and $x) or $x2))
}

rule ruby_socket_shell {
  meta:
    description = "Ruby that opens a socket and runs a shell on it"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $s = /TCPS[o]cket\.(new|open)\(/
    $a = /exec ?\(?spr[i]ntf\(["']\/bin\/(ba)?sh -i <&%d/
    $b = /IO\.po[p]en\(cmd|exec ["']\/bin\/(ba)?sh/
    $c = /wh[i]le ?\(? ?cmd ?= ?\w{1,20}\.gets/
    $d = "spawn(\"/\x62in/sh\""
  condition:
    filesize < 20MB and ($s and ($a or $d or ($b and $c)))
}

rule php_socket_shell {
  meta:
    description = "PHP that opens a socket and runs a shell on it"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004,T1505.003"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $s = /fsoc[k]open\(|stream_socket_client\(/
    $x1 = /(exec|shell_exec|system|pass[t]hru|popen)\(["'](\/bin\/)?(ba)?sh -i ?<&3 ?>&3 ?2>&3/
    $x2 = /pr[o]c_open\([^\n]{0,60}(sh -i|\/bin\/(ba)?sh|\$shell)/
    $y = /stream_set_bloc[k]ing\(\$pipes\[/
  condition:
    filesize < 20MB and ($s and ($x1 or ($x2 and $y)))
}

rule node_socket_shell {
  meta:
    description = "Node.js that joins a shell process to a socket"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.007"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $n1 = /req[u]ire\(["'`](node:)?(net|tls)["'`]\)/
    $n2 = /\b(fr[o]m|import\()\s{0,4}["'`](node:)?(net|tls)["'`]/
    $x = /\.?(sp[a]wn|exec)\(["']\/?(usr\/)?(bin\/)?(ba|da|z|a)?sh["']/
    $p1 = /\.pipe\(\w{1,20}\.st[d]in\)/
    $p2 = /\.std[o]ut\.pipe\(/
  condition:
    filesize < 2MB and any of ($n*) and $x and $p1 and $p2
}

rule lua_socket_shell {
  meta:
    description = "Lua that runs what a socket sends"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.011"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $s = /req[u]ire\(?["']socket["']\)?/
    $c = /:con[n]ect\(["']/
    $x = /os\.exe[c]ute\(["']\/?(bin\/)?(ba)?sh -i <&3|io\.popen\(\w{1,20}, ?["']r["']\)/
    $r = /:rec[e]ive\(/
  condition:
    filesize < 200KB and $s and $c and $x and ($r or #x > 0)
}

rule awk_socket_shell {
  meta:
    description = "Awk that reads commands from a network address and runs them"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /\/in[e]t\/(tcp|udp)\/0\/[^\s"\/]{1,80}\/[0-9a-z]{1,10}/
    $b = /\|& ?get[l]ine/
    $c = /(cmd|c) ?\|&? ?get[l]ine|while ?\(\(c ?\|& ?getline/
  condition:
    filesize < 20MB and $a and $b and $c
}

rule awk_pipes_network_to_shell {
  meta:
    description = "Awk that hands what a network address sends to a shell"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1105,T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /["']\/in[e]t[46]?\/(tcp|udp)\/0\//
    $b = /\|&\s?get[l]ine/
    $c = /\bpr[i]nt\b[^\n|]{0,80}\|&?\s?["'](\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh["']/
  condition:
    filesize < 1MB and all of them
}

rule socat_shell {
  meta:
    description = "Socat that connects a shell to a network address"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /so[c]at [^\n]{0,80}(exec|EXEC|system|SYSTEM):['"]?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh[^\n]{0,80}(tcp4?|TCP4?|openssl|OPENSSL|udp|UDP)(-connect|-CONNECT)?:([0-9]{1,3}\.){3}[0-9]{1,3}:/
    $b = /so[c]at [^\n]{0,40}(tcp4?|TCP4?|openssl|OPENSSL|udp|UDP)(-connect|-CONNECT)?:([0-9]{1,3}\.){3}[0-9]{1,3}:[^\n]{0,60}(exec|EXEC|system|SYSTEM):['"]?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh/
  condition:
    filesize < 20MB and any of them
}

rule java_runtime_shell {
  meta:
    description = "Java or Groovy that runs a shell connected to a network address"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059"
    filetypes = "elf,interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $r = /Runtime\.getRuntime\(\)\.exec\(|new Process[B]uilder\(/
    $a = /\/d[e]v\/tcp\/[^\s"\/]{1,80}\/[0-9]{2,5}/
    $s = /new (java\.net\.)?Soc[k]et\([^)]{1,60}\)/
    $p1 = /getInpu[t]Stream\(\)/
    $p2 = /\.avai[l]able\(\) ?> ?0/
    $b = /["'](\/b[i]n\/(ba)?sh|cmd(\.exe)?)["']/
  condition:
    filesize < 1MB and $r and ($a or ($s and $p1 and $p2 and $b))
}

rule powershell_tcp_client {
  meta:
    description = "PowerShell that runs what a TCP connection sends"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.001"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = "System.Net.Soc\x6bets.TCPClient" nocase
    $b = /GetS[t]ream\(\)/ nocase
    $c = /iex |Invoke-Expre[s]sion/ nocase
    $d = /Out-Str[i]ng/ nocase
  condition:
    filesize < 5MB and all of them
}

rule zsh_ztcp_shell {
  meta:
    description = "Zsh that ties itself to a TCP connection"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = "zmodload \x7ash/net/tcp"
    $b = /zt[c]p [^\s]{3,80} [0-9]{2,5}/
    $c = />&\$RE[P]LY 2>&\$REPLY 0>&\$REPLY|zsh >&\$REPLY/
  condition:
    filesize < 20MB and $a and $b and $c
}

rule openssl_client_shell {
  meta:
    description = "A shell whose traffic goes through openssl s_client: an encrypted reverse shell"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004,T1573"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /(ba|da|z|a)?sh -i ?< ?[^\n|]{1,60}2>&1 ?\| ?ope[n]ssl s_client -quiet -connect/
    $b = /ope[n]ssl s_client -quiet -connect [^\n|]{3,80}\| ?(\/bin\/)?(ba|da|z|a)?sh\b/
  condition:
    filesize < 20MB and any of them
}

rule xterm_display_shell {
  meta:
    description = "A terminal window sent to another machine's display"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /xterm -dis[p]lay ([0-9]{1,3}\.){3}[0-9]{1,3}:[0-9]/
  condition:
    filesize < 64KB and $a
}

rule python_bind_shell {
  meta:
    description = "Python that listens and gives a shell to whoever connects"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $b = /\.bi[n]d\(\(["'](0\.0\.0\.0)?["'], ?[0-9]{2,5}\)\)/
    $a = /\.acc[e]pt\(\)/
    $d = /dup2\([a-z_]{1,20}\.fil[e]no\(\)/
    $x = /(subpr[o]cess\.(call|run|Popen)|pty\.spawn|os\.execl?v?p?)\(\[?["']\/?(usr\/)?(bin\/)?(ba|da|z|k|a)?sh/
  condition:
    filesize < 20MB and $b and $a and $d and $x
}

rule connect_shellcode {
  meta:
    description = "Machine code that connects a socket, copies it over the standard descriptors and starts /bin/sh (x86-64)"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059,T1620"
    filetypes = "elf,interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $sock = { 6a 29 58 (99 | 6a 02) [0-8] 0f 05 }
    $dup = { 6a 21 58 0f 05 75 }
    $exec = { 6a 3b 58 99 }
    $conn = { 6a 2a 58 0f 05 }
  condition:
    filesize < 1MB and $conn and 2 of ($sock, $dup, $exec)
}

rule go_shell_program {
  meta:
    description = "Go source that ties a shell's streams to a connection"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $d = /net\.Di[a]l\("tcp", ?"/
    $x = /exec\.Com[m]and\("(\/bin\/)?(ba|z)?sh"/
    $i = /\.St[d]in ?= ?\w{1,12}/
    $o = /\.Std[o]ut ?= ?\w{1,12}/
  condition:
    filesize < 200KB and all of them
}

rule gsocket_deploy {
  meta:
    description = "The one-line deployment of gsocket: a shell that any firewall lets out, kept across restarts"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1572,T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a1 = "gsock\x65t.io/y"
    $a2 = "gsock\x65t.io/x"
    $a3 = "gs-ne\x74cat"
    $a4 = "GS_U\x4eDO"
    $a5 = "GSOCK\x45T_ARGS"
    $b1 = "ba\x73h -c"
    $b2 = "-i\x6cD"
    $b3 = "curl -\x66sSL"
    $b4 = "wge\x74 -qO-"
    $b5 = "-li\x71D"
  condition:
    filesize < 2MB and any of ($a*) and any of ($b*)
}

rule script_pty_upgrade {
  meta:
    description = "A reverse shell made into a full terminal: address, terminal and shell on one line"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.006"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /pyt[h]on[23]? -c ["'][^\n]{0,200}socket[^\n]{0,300}pty\.spawn/
    $b = /scr[i]pt (-qc? |-q )\/bin\/(ba)?sh \/dev\/null[^\n]{0,80}(nc |\/dev\/tcp)/
  condition:
    filesize < 20MB and any of them
}

rule bash_descriptor_commands {
  meta:
    description = "A shell that runs, line by line, what it reads from a network descriptor"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $open = /ex[e]c [0-9]{1,3}<>\s?["']?\/dev\/(tcp|udp|\$\{?\w{1,20}(:-(tcp|udp))?\}?)\//
    $loop = /wh[i]le read (-\w{1,3} )?\w{1,20} ?<& ?[0-9]{1,3}; ?do (eval |sh -c )?["']?\$\w{1,20}["']? (>& ?[0-9]{1,3} 2>&1|2>&1 ?>&|2>& ?[0-9])/
  condition:
    filesize < 1MB and $open and $loop
}

rule perl_descriptors_replaced {
  meta:
    description = "Perl that lays a connection over its own input and output and turns into a shell"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.006"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $s1 = "use Sock\x65t"
    $s2 = "IO::Sock\x65t::INET"
    $c1 = /\b(pack_)?sock[a]ddr_in\(/
    $c2 = "Peer\x41ddr"
    $d = /\bdu[p]2\(\s?(fileno\(?\s?)?\$\w{1,20}/
    $x = /\b(exec|sys[t]em)\s?[\{\(]?\s?["']\/(usr\/)?bin\/(busybox|(ba|da|z|k|a)?sh)\b/
  condition:
    filesize < 1MB and any of ($s*) and any of ($c*) and $d and $x
}

rule ruby_runs_lines_of_socket {
  meta:
    description = "Ruby that runs each line that a connection sends"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $s = /TCPSock[e]t\.(new|open)\(/
    $g = /wh[i]le ?\(?\s?\w{1,20} ?= ?\w{1,20}\.gets/
    $x = /Op[e]n3\.(capture2e?|capture3|popen2e?|popen3)\(\s?\w{1,20}(\.chomp|\.strip)?\s?\)|IO\.pop[e]n\(\s?\w{1,20}(\.chomp|\.strip)?\s?[,)]|`#\{\w{1,20}(\.chomp|\.strip)?\}`/
  condition:
    filesize < 64KB and $s and $g and $x
}

rule awk_commands_from_address {
  meta:
    description = "Awk that runs the lines which a network address sends, wherever the address is put together"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /\/in[e]t[46]?\/(tcp|udp)\/[0-9]{1,5}\//
    $b = /\|& ?getl[i]ne (cmd|c|command|line|l|x)\b/
    $c = /\b(cmd|c|command|line|l|x) ?\|&? ?getl[i]ne|sys[t]em\((cmd|c|command|line|l|x)\)/
  condition:
    filesize < 64KB and all of them
}

rule socat_terminal_elsewhere {
  meta:
    description = "Socat that gives a whole terminal with a shell to an address, or to one that stands in a variable"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.004"
    filetypes = "interpretable"
    advice = "Treat as an implant: nothing honest opens a shell to another machine at start-up. Find the build step that brought it."
  strings:
    $a = /\bso[c]at [^\n]{0,60}(exec|system):['"]?(\/usr)?(\/bin\/)?(ba|da|z|a)?sh( -[il]{1,2})?['"]?,[^\s]{0,80}(pty|setsid)[^\s]{0,80} ["']?(\$|(tcp4?|tcp6|openssl|ssl|udp)(-connect)?:[a-z0-9$])/ nocase
  condition:
    filesize < 1MB and $a
}
