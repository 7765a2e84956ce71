// Clients that sell a machine's network connection to strangers (T1496.002).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule pawns_client {
  meta:
    description = "The client of Pawns (IPRoyal), which sells the machine's bandwidth"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n1 = "pawn\x73-cli"
    $n2 = "ipr\x6fyal" nocase
    $o1 = "-acce\x70t-tos"
    $o2 = "-devic\x65-name"
  condition:
    filesize < 20MB and any of ($n*) and any of ($o*)
}

rule honeygain_client {
  meta:
    description = "The client of Honeygain, which sells the machine's bandwidth"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n = "hone\x79gain" nocase
    $o1 = "-tou-a\x63cept"
    $o2 = "api.hone\x79gain.com"
    $o3 = "lib\x68g.so"
  condition:
    filesize < 20MB and $n and any of ($o*)
}

rule traffmonetizer_client {
  meta:
    description = "The client of TraffMonetizer, which sells the machine's bandwidth"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n = "traffmo\x6eetizer" nocase
    $o1 = "start \x61ccept"
    $o2 = "cl\x69_v2"
    $o3 = "--devic\x65-name"
  condition:
    filesize < 20MB and $n and any of ($o*)
}

rule peer2profit_client {
  meta:
    description = "The client of Peer2Profit, which sells the machine's bandwidth"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n = "peer2p\x72ofit" nocase
    $o1 = "P2P_E\x4dAIL"
    $o2 = "p2pcl\x69ent"
  condition:
    filesize < 20MB and $n and any of ($o*)
}

rule packetstream_client {
  meta:
    description = "The client of PacketStream, which sells the machine's bandwidth"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n1 = "packetstre\x61m/psclient"
    $n2 = "packets\x74ream.io"
    $o1 = "pscl\x69ent"
    $o2 = "PS_IS_D\x4fCKER"
    $o3 = "exit_\x6eode"
  condition:
    filesize < 20MB and any of ($n*) and 2 of them
}

rule earnapp_client {
  meta:
    description = "The client of EarnApp (Bright Data), which sells the machine's bandwidth"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n1 = "brightdata.com/\x73tatic/earnapp"
    $n2 = "earna\x70p-node"
    $n3 = "EARNA\x50P_UUID"
    $n4 = "earnapp \x72egister"
    $n5 = "sdk-\x6eode-"
    $n6 = "earna\x70p.com"
  condition:
    filesize < 20MB and (2 of them or $n1 or $n4)
}

rule repocket_client {
  meta:
    description = "The client of Repocket, which sells the machine's bandwidth"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n = "repo\x63ket" nocase
    $o1 = "RP_E\x4dAIL"
    $o2 = "RP_AP\x49_KEY"
    $o3 = "peer.re\x70ocket"
  condition:
    filesize < 20MB and $n and any of ($o*)
}

rule proxyrack_client {
  meta:
    description = "The client of ProxyRack or ProxyLite, which sells the machine's bandwidth"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n1 = "proxyr\x61ck/pop"
    $n2 = "point-of-pre\x73ence.sock.sh"
    $n3 = "peer.prox\x79rack.com"
    $n4 = "proxylite/p\x72oxyservice"
    $n5 = "proxy\x6cite.ru"
    $o1 = "UU\x49D="
    $o2 = "USE\x52_ID="
    $o3 = "doc\x6ber "
    $o4 = "cli\x65nt"
  condition:
    filesize < 20MB and any of ($n*) and any of ($o*)
}

rule mysterium_node {
  meta:
    description = "A Mysterium exit node: strangers' traffic leaves through this machine"
    severity = "low"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n = "myst\x65rium" nocase
    $o1 = "--agreed-terms-a\x6ed-conditions"
    $o2 = "mysteriumn\x65twork/myst"
    $o3 = "myst s\x65rvice"
  condition:
    filesize < 20MB and $n and any of ($o*)
}

rule bitping_client {
  meta:
    description = "The client of Bitping, which sells measurements and traffic from the machine"
    severity = "medium"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $n = "bit\x70ing" nocase
    $o1 = "BITPING_\x45MAIL"
    $o2 = "bitpi\x6eg/bitping-node"
    $o3 = "bitpi\x6egd login"
    $o4 = "releases.bit\x70ing.com"
  condition:
    filesize < 20MB and $n and any of ($o*)
}

rule wipter_grass_urnetwork_client {
  meta:
    description = "The client of Wipter, Grass, URnetwork or Nodepay, which sells the machine's bandwidth"
    severity = "medium"
    confidence = "medium"
    intent = "dual-use"
    techniques = "T1496.002"
    filetypes = "elf,interpretable"
    advice = "Ask who earns with it: bandwidth sold through your network makes your address the origin of strangers' traffic."
  strings:
    $a1 = "WIPTER_\x45MAIL"
    $a2 = "GRASS_\x55SER"
    $a3 = "app.getgr\x61ss.io"
    $a4 = "bringyour/community-pr\x6fvider"
    $a5 = "urnetwork.\x69o/provider"
    $a6 = "nodepay.a\x69"
    $r1 = "pass\x77ord" nocase
    $r2 = "tok\x65n" nocase
    $r3 = "doc\x6ber"
  condition:
    filesize < 20MB and any of ($a*) and any of ($r*)
}
