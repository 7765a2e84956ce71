// Tools and scripts that look for machines to break into (T1595, T1110, T1046).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule scan_and_exploit_script {
  meta:
    description = "A script that scans whole networks and sends exploits to what it finds"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1595.002,T1190"
    filetypes = "interpretable"
    advice = "Ask whether this image is for security tests. If not, the image was made to look for victims."
  strings:
    $s1 = /mas[s]can [^\n]{0,120}(--rate|-p)/
    $s2 = /zm[a]p -p/
    $s3 = /pns[c]an -/
    $s4 = "zg\x72ab"
    $r1 = "--exc\x6cude 255.255.255.255"
    $r2 = "0.0.\x30.0/0"
    $r3 = /\$\(?\(?(RAN[D]OM|shuf)/
    $r4 = /[0-9]{1,3}\.0\.0\.0\/8/
    $x1 = /cu[r]l [^\n]{1,240}(\/containers\/create|\/run\/|exec|cmd=|\$\{jndi:|class\.module|%24%7B)/
    $x2 = "redi\x73-cli"
    $x3 = "doc\x6ber -H"
    $x4 = "ssh\x70ass"
    $x5 = "/ru\x6e/ns"
    $x6 = "XXL-\x4aOB"
    $x7 = "/ws/v1/clus\x74er/apps"
  condition:
    filesize < 2MB and any of ($s*) and any of ($r*) and any of ($x*)
}

rule ssh_password_guessing {
  meta:
    description = "A script that tries lists of passwords over SSH"
    severity = "medium"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1110.001"
    filetypes = "interpretable"
    advice = "Ask whether this image is for security tests. If not, the image was made to look for victims."
  strings:
    $a = /sshpass -p ["']?\$\{?[a-zA-Z_]{1,20}\}?["']? ssh [^\n]{0,160}StrictHost[K]eyChecking=no/
    $b = /(wh[i]le|for) [^\n]{1,80}(pass|PASS|pw|ip|host|line)/
    $c = /(hydra|medusa|ncrack|patator) [^\n]{0,120}(-P|-C|-U|ssh_login)[^\n]{0,120}s[s]h/
    $d1 = "pass\x77ords"
    $d2 = "pas\x73.txt"
    $d3 = "user\x73.txt"
    $d4 = "word\x6cist"
  condition:
    filesize < 1MB and (($a and $b and any of ($d*)) or ($c and any of ($d*)))
}

rule mass_scanner_program {
  meta:
    description = "A scanner made for whole networks (masscan, zmap, zgrab, pnscan)"
    severity = "low"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1595.001,T1046"
    filetypes = "elf"
    advice = "Ask whether this image is for security tests. If not, the image was made to look for victims."
  strings:
    $a1 = "mas\x73can"
    $a2 = "--adap\x74er-ip"
    $a3 = "--rout\x65r-mac"
    $b2 = "github.com/\x7amap/zgrab"
    $c1 = "pns\x63an"
    $c2 = "worker \x74hreads"
    $d1 = "zm\x61p"
    $d2 = "--probe-\x6dodule"
  condition:
    uint32(0) == 0x464c457f and (($a1 and any of ($a2, $a3)) or $b2 or all of ($c*) or all of ($d*))
}

rule offensive_go_scanners {
  meta:
    description = "A vulnerability scanner or exploitation tool written in Go (fscan, nuclei, kscan, gobuster, ffuf, xray)"
    severity = "low"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1595.002"
    filetypes = "elf"
    advice = "Ask whether this image is for security tests. If not, the image was made to look for victims."
  strings:
    $a1 = "shadow1\x6eg/fscan"
    $a2 = "projectdisc\x6fvery/nuclei"
    $a3 = "lcvvv\x76/kscan"
    $a4 = "OJ/gob\x75ster"
    $a5 = "ffuf/\x66fuf"
    $a6 = "chait\x69n/xray"
    $a7 = "projectdis\x63overy/naabu"
    $a8 = "projectdis\x63overy/httpx"
    $a9 = "zan8in/\x61frog"
  condition:
    uint32(0) == 0x464c457f and any of them
}

rule brute_force_program {
  meta:
    description = "A program that guesses passwords for SSH or Telnet with a built-in list, as botnets do"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1110.001"
    filetypes = "elf"
    advice = "Ask whether this image is for security tests. If not, the image was made to look for victims."
  strings:
    $s1 = "S\x53H-2.0-"
    $s2 = "golang.org/\x78/crypto/ssh"
    $s3 = "lib\x73sh2"
    $p1 = "123\x3456"
    $p2 = "ad\x6din123"
    $p3 = "P@ss\x770rd"
    $p4 = "ro\x6ft123"
    $p5 = "qwe\x72ty"
    $p6 = "1qaz2\x77sx"
    $p7 = "to\x6fr"
    $p8 = "rasp\x62erry"
    $p9 = "ub\x6et"
    $b1 = "br\x75te" nocase
    $b2 = "cr\x61ck" nocase
    $b3 = "sca\x6ener" nocase
  condition:
    uint32(0) == 0x464c457f and filesize < 30MB and any of ($s*) and 6 of ($p*) and any of ($b*)
}

rule log4shell_exploit {
  meta:
    description = "A tool that sends or serves the Log4Shell exploit"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1190"
    filetypes = "elf,interpretable"
    advice = "Ask whether this image is for security tests. If not, the image was made to look for victims."
  strings:
    $a1 = "marshal\x73ec.jndi"
    $a2 = "JNDIE\x78ploit"
    $a3 = "JNDI-Inject\x69on-Exploit"
    $a4 = "Rogu\x65Jndi"
    $b = /\$\{jn[d]i:(ldap|rmi|dns|ldaps):\/\//
    $c1 = "Basic/Com\x6dand/Base64/"
    $c2 = "Tomcat\x42ypass/"
    $c3 = "Referenc\x65Wrapper"
  condition:
    filesize < 60MB and ((any of ($a*) and ($b or any of ($c*))) or ($b and 2 of ($c*)))
}

rule exploitation_frameworks {
  meta:
    description = "Part of an exploitation framework (Metasploit, Impacket, Empire, pwntools)"
    severity = "low"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1203,T1588.002"
    filetypes = "interpretable"
    advice = "Ask whether this image is for security tests. If not, the image was made to look for victims."
  strings:
    $a1 = "class Metaspl\x6fitModule < Msf::"
    $a2 = "include M\x73f::Exploit::"
    $a3 = "from impac\x6bet.dcerpc.v5"
    $a4 = "from impacket.\x73mbconnection"
    $a5 = "empire.se\x72ver.core"
  condition:
    filesize < 2MB and any of them
}
