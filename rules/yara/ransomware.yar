// Programs that encrypt data for ransom, and their notes (T1486).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule ransom_note {
  meta:
    description = "The text of a ransom note"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1486"
    filetypes = "elf,pe,interpretable"
    advice = "Do not start it anywhere near data. Find out how it came into the build before anything else is built there."
  strings:
    $a1 = "files have be\x65n encrypted" nocase
    $a2 = "files are \x65ncrypted" nocase
    $a3 = "data has bee\x6e encrypted" nocase
    $a4 = "network has be\x65n compromised" nocase
    $a5 = "your data \x69s stolen" nocase
    $b1 = ".on\x69on"
    $b2 = "bit\x63oin" nocase
    $b3 = "Tor Br\x6fwser" nocase
    $b4 = "proto\x6email"
    $b5 = "decr\x79ptor" nocase
    $b6 = "decryp\x74ion key" nocase
    $b7 = "pay the \x72ansom" nocase
    $b8 = "onio\x6email"
    $b9 = "coc\x6b.li"
    $b10 = "wal\x6cet" nocase
  condition:
    filesize < 20MB and any of ($a*) and 3 of ($b*)
}

rule esxi_encryptor {
  meta:
    description = "A program that stops virtual machines and encrypts their disks"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1486,T1489"
    filetypes = "elf,interpretable"
    advice = "Do not start it anywhere near data. Find out how it came into the build before anything else is built there."
  strings:
    $e1 = "esxcli vm p\x72ocess kill"
    $e2 = "esxcli --for\x6datter=csv"
    $e3 = "vim-cmd vms\x76c/power.off"
    $e4 = "vim-cmd vmsvc/sna\x70shot.removeall"
    $f1 = ".vm\x64k"
    $f2 = ".vm\x65m"
    $f3 = ".vs\x77p"
    $f4 = ".vm\x73n"
    $c1 = "enc\x72ypt" nocase
    $c2 = "REA\x44ME"
    $c3 = "ran\x73om" nocase
    $c4 = ".on\x69on"
    $c5 = "res\x74ore" nocase
  condition:
    filesize < 20MB and any of ($e*) and 2 of ($f*) and 2 of ($c*)
}

rule encrypting_script {
  meta:
    description = "A script that encrypts or archives files with a password one after another and deletes the originals"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1486,T1485"
    filetypes = "interpretable"
    advice = "Do not start it anywhere near data. Find out how it came into the build before anything else is built there."
  strings:
    $a = /(find|for|while)[^\n]{1,200}ope[n]ssl enc -(aes|des|rc4|chacha)[^\n]{1,200}-(k|pass|K|kfile)[^\n]{1,120}(rm -[rf]{1,2}|shred|&& ?rm )/
    $b = /(find|for|while)[^\n]{1,200}(gpg [^\n]{0,60}--passp[h]rase|7z a -[p]|zi[p] -P|zi[p] -e)[^\n]{1,120}(rm -[rf]{1,2}|shred|&& ?rm )/
    $n1 = "bit\x63oin" nocase
    $n2 = "ran\x73om" nocase
    $n3 = "REA\x44ME"
    $n4 = "dec\x72ypt" nocase
    $n5 = "/ho\x6de"
    $n6 = "/var/\x77ww"
  condition:
    filesize < 1MB and any of ($a, $b) and 1 of ($n*)
}

rule encryptor_program {
  meta:
    description = "A program with the traits of ransomware for Linux: walks folders, encrypts, leaves a note, ends services"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1486"
    filetypes = "elf"
    advice = "Do not start it anywhere near data. Find out how it came into the build before anything else is built there."
  strings:
    $n1 = "RESTORE-\x4dY-FILES" nocase
    $n2 = "How To Resto\x72e Your Files" nocase
    $n3 = "readme_f\x6fr_unlock" nocase
    $n4 = "RECOVE\x52Y_INFO" nocase
    $n5 = "!REA\x44ME!"
    $n6 = "HOW_TO_D\x45CRYPT" nocase
    $n7 = "DECRYP\x54-FILES" nocase
    $f1 = ".loc\x6bbit"
    $f2 = ".ba\x62yk"
    $f3 = ".roy\x61l_u"
    $f4 = ".ak\x69ra"
    $f5 = ".encr\x79pted"
    $f6 = ".loc\x6bed"
    $f7 = ".cry\x70ted"
    $c1 = "cha\x63ha"
    $c2 = "sose\x6danuk" nocase
    $c3 = "cu\x72ve25519"
    $c4 = "RSA_publi\x63_encrypt"
    $c5 = "A\x45S_"
    $c6 = "expan\x64 32-byte k"
  condition:
    uint32(0) == 0x464c457f and filesize < 20MB and any of ($n*) and any of ($f*) and any of ($c*)
}

rule web_content_encryptor {
  meta:
    description = "PHP that encrypts a site's files and leaves a note"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1486"
    filetypes = "interpretable"
    advice = "Do not start it anywhere near data. Find out how it came into the build before anything else is built there."
  strings:
    $a1 = "openssl_\x65ncrypt("
    $a2 = "mcrypt_\x65ncrypt("
    $b1 = "sca\x6edir("
    $b2 = "ope\x6edir("
    $b3 = "RecursiveDire\x63toryIterator"
    $c = /unl[i]nk\(/
    $d1 = "ran\x73om" nocase
    $d2 = "bit\x63oin" nocase
    $d3 = "your \x73ite" nocase
    $d4 = ".htac\x63ess"
    $p = "<?p\x68p"
  condition:
    filesize < 1MB and $p and any of ($a*) and any of ($b*) and $c and 2 of ($d*)
}

rule wiper_script {
  meta:
    description = "A script that destroys disks or everything on them"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1485,T1561"
    filetypes = "interpretable"
    advice = "Do not start it anywhere near data. Find out how it came into the build before anything else is built there."
  strings:
    $a = /dd if=\/d[e]v\/(zero|urandom|random) of=\/dev\/(sd[a-z]|vd[a-z]|nvme0n1|hda|mmcblk0|\$\{?[a-zA-Z_]{1,12}\}?)\b/
    $b = /rm -rf? (--no-pres[e]rve-root )\/(\s|;|&|$)/
    $c = /sh[r]ed [^\n]{0,40}\/dev\/(sd[a-z]|vd[a-z]|nvme0n1)/
    $d1 = "no\x68up "
    $d2 = "cro\x6etab"
    $d3 = "hist\x6fry -c"
    $d4 = "/dev/\x6eull 2>&1 &"
    $d5 = "s\x73h "
    $d6 = "sysrq-t\x72igger"
  condition:
    filesize < 200KB and any of ($a, $b, $c) and any of ($d*)
}
