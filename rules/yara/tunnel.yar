// Tunnels and anonymous networks that carry a machine's traffic past the firewall (T1572, T1090).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule chisel_program {
  meta:
    description = "chisel, a tunnel over HTTP"
    severity = "low"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1572"
    filetypes = "elf"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a1 = "jpillor\x61/chisel"
    $a2 = "chi\x73el-v3"
    $a3 = "github.com/jpill\x6fra/chisel/client"
  condition:
    uint32(0) == 0x464c457f and any of them
}

rule frp_program {
  meta:
    description = "frp, a reverse proxy that opens inner services to the outside"
    severity = "low"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1572"
    filetypes = "elf"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a1 = "fatedier/\x66rp/client"
    $a2 = "fatedier/f\x72p/cmd/frpc"
    $a3 = "fatedie\x72/frp/pkg"
  condition:
    uint32(0) == 0x464c457f and any of them
}

rule frp_settings {
  meta:
    description = "Settings of an frp client"
    severity = "low"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1572"
    filetypes = "interpretable"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a1 = "serve\x72Addr"
    $a2 = "serve\x72_addr"
    $b1 = "serve\x72Port"
    $b2 = "serve\x72_port"
    $c1 = "remot\x65Port"
    $c2 = "remot\x65_port"
    $d1 = "loca\x6cPort"
    $d2 = "loca\x6c_port"
    $e = /\[(common|\[pro[x]ies\])\]/
  condition:
    filesize < 64KB and any of ($a*) and any of ($b*) and any of ($c*) and any of ($d*) and $e
}

rule ngrok_in_script {
  meta:
    description = "A script that opens this machine to the internet through a tunnel service, with an account's token in it"
    severity = "medium"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1572"
    filetypes = "interpretable"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a = /ng[r]ok (config add-authtoken|authtoken) ["']?[A-Za-z0-9_]{20,60}/
    $b = /cloud[f]lared [^\n]{0,60}tunnel [^\n]{0,60}run [^\n]{0,20}--token ["']?eyJ[A-Za-z0-9_\-]{20,}/
    $c = /(ssh|autossh) [^\n]{0,120}-R ?[0-9]{1,5}:[^\n]{3,80}(serveo\.net|loca[l]host\.run|pinggy\.io|a\.pinggy)/
    $d = /(local[t]onet auth[t]oken|bore local [0-9]{2,5} --to|playit --sec[r]et)/
  condition:
    filesize < 1MB and any of them
}

rule reverse_ssh_in_script {
  meta:
    description = "A script that keeps a reverse SSH tunnel open to a fixed address, without checking its key"
    severity = "medium"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1572,T1021.004"
    filetypes = "interpretable"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a = /(ssh|autossh) [^\n]{0,160}-[a-zA-Z]{0,4}R ?\*?:?[0-9]{1,5}:(loca[l]host|127\.0\.0\.1|0\.0\.0\.0):22\b/
    $b = /StrictHost[K]eyChecking[= ]no/
  condition:
    filesize < 1MB and $a and $b
}

rule ligolo_program {
  meta:
    description = "An agent or server of a pivoting tool (ligolo-ng, Stowaway, rakshasa, Venom, iox, EarthWorm)"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1572,T1090"
    filetypes = "elf"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a1 = "nicocha30/\x6cigolo-ng"
    $a2 = "sysdrea\x6d/ligolo"
    $a3 = "ph4ntonn/\x53towaway"
    $a4 = "Mob2003/ra\x6bshasa"
    $a5 = "Dliv3/\x56enom"
    $a6 = "EddieI\x76an01/iox"
    $a7 = "rootkiter/\x45arthWorm"
    $a8 = "kost/re\x76socks"
    $a9 = "Fahrj/re\x76erse-ssh"
    $a10 = "NHAS/rev\x65rse_ssh"
  condition:
    uint32(0) == 0x464c457f and any of them
}

rule gsocket_program {
  meta:
    description = "gs-netcat of the Global Socket toolkit: a shell that any firewall lets out"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1572"
    filetypes = "elf"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a1 = "gs-ne\x74cat"
    $a2 = "GSO\x43KET_"
    $a3 = "gs.th\x63.org"
    $a4 = "_GSO\x43KET_"
  condition:
    uint32(0) == 0x464c457f and 2 of them
}

rule dns_tunnel_program {
  meta:
    description = "A tunnel through DNS queries (iodine, dnscat and others)"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1572,T1071.004"
    filetypes = "elf"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a1 = "dns\x63at2"
    $a2 = "dnscat.\x74unnel"
    $b1 = "iod\x69ne"
    $b2 = "topd\x6fmain"
    $b3 = "Opene\x64 dns%d"
    $b4 = "raw \x6dode"
    $c1 = "dns2\x74cp"
    $c2 = "dns2\x74cpc"
    $d1 = "sess\x69on_id"
    $d2 = "sec\x72et"
    $d3 = "sh\x65ll"
  condition:
    uint32(0) == 0x464c457f and (filesize < 20MB and (($a1 and 2 of ($d*)) or $a2 or ($b1 and $b2 and any of ($b3, $b4)) or ($c1 and $c2)))
}

rule wstunnel_program {
  meta:
    description = "A tunnel over web sockets or QUIC (wstunnel, gost, rathole, bore, hysteria)"
    severity = "low"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1572"
    filetypes = "elf"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a1 = "erebe/w\x73tunnel"
    $a2 = "go-gos\x74/gost"
    $a3 = "ginuer\x7ah/gost"
    $a4 = "rapiz1/r\x61thole"
    $a5 = "apernet/\x68ysteria"
    $a6 = "ekzha\x6eg/bore"
    $a7 = "esrrhs/pi\x6egtunnel"
  condition:
    uint32(0) == 0x464c457f and any of them
}

rule tor_client_in_script {
  meta:
    description = "A script that starts its own Tor client and sends traffic through it"
    severity = "medium"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1090.003"
    filetypes = "interpretable"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a1 = /(\.\/|\/tmp\/|\/dev\/shm\/)[a-z0-9._\-]{0,20}t[o]r\b/
    $a2 = /t[o]r --?(SocksPort|RunAsDaemon|f )/ nocase
    $a3 = /(apt|yum|apk)(-get)? [^\n]{0,40}(install|add) [^\n]{0,40}\bt[o]r\b/
    $b1 = "soc\x6bs5h://127.0.0.1:9050"
    $b2 = "--socks5-h\x6fstname 127.0.0.1:9050"
    $b3 = "--socks5-hostna\x6de localhost:9050"
    $b4 = ".on\x69on"
    $b5 = "tors\x6fcks"
    $b6 = "proxy\x63hains"
  condition:
    filesize < 1MB and any of ($a*) and any of ($b*)
}

rule proxy_chain_settings {
  meta:
    description = "Settings that send programs through a chain of proxies"
    severity = "low"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1090.003"
    filetypes = "interpretable"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a = "[Prox\x79List]"
    $b1 = "dynami\x63_chain"
    $b2 = "stric\x74_chain"
    $b3 = "prox\x79_dns"
  condition:
    filesize < 64KB and $a and 2 of ($b*)
}

rule engine_socket_published {
  meta:
    description = "Settings of a tunnel that hand the container engine to whoever is at its other end"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1572,T1610"
    filetypes = "interpretable"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a = /\bserv[e]r(Addr|_addr)\b/
    $u = "unix_dom\x61in_socket"
    $d = /(docker|containerd|podman|crio)\.so[c]k\b/
  condition:
    filesize < 64KB and all of them
}

rule reverse_socks_unseen {
  meta:
    description = "A tunnel started without a word that lets its other end into this network"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1572,T1090.001"
    filetypes = "interpretable"
    advice = "A tunnel needs a reason and an owner. Without them, take it for somebody's way in or out."
  strings:
    $a = /\bcli[e]nt [^\n]{0,200} R:([0-9.]{3,15}:)?([0-9]{1,5}:)?socks\b[^\n]{0,60}>\s?\/dev\/null 2>&1/
  condition:
    filesize < 1MB and $a
}
