// Lines that fetch code from the network and run it at once: the payload is not in the image (T1105, T1204.003).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule pipe_from_address {
  meta:
    description = "A script fetched from a bare IP address goes straight into a shell"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1105,T1059.004,T1204.003"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\b(curl|wget|fetch|lwp-download) [^\n|;&]{0,160}ht[t]ps?:\/\/([0-9]{1,3}\.){3}[0-9]{1,3}(:[0-9]{1,5})?[^\n|]{0,200}\| ?(sudo |nohup |setsid )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh\b/
    $b = /\b(curl|wget|fetch) [^\n|;&]{0,100} ([0-9]{1,3}\.){3}[0-9]{1,3}(:[0-9]{1,5})?\/[^\n|]{0,200}\| ?(sudo |nohup |set[s]id )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh\b/
  condition:
    filesize < 20MB and any of them
}

rule pipe_silenced {
  meta:
    description = "A script goes from the network into a shell in the background, its output thrown away"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004,T1564"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\b(curl|wget) [^\n|;&]{0,200}\| ?(sudo )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh[^\n|]{0,40}>\s?\/dev\/nu[l]l 2>&1 ?&/
    $b = /(nohup|set[s]id) (ba)?sh -c ["'][^\n"']{0,40}(curl|wget) [^\n|"']{0,200}\| ?(ba)?sh\b/
    $c = /\((curl|wget) [^\n|;&]{0,200}\| ?(ba|da)?sh[^\n|]{0,20}\) ?>\s?\/dev\/nu[l]l 2>&1 ?&/
  condition:
    filesize < 5MB and any of them
}

rule pipe_either_tool {
  meta:
    description = "\"curl or else wget\" piped into a shell: the line with which cryptojacking campaigns start"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /cu[r]l [^\n|;]{3,160}\|\|\s?(wget |lwp-download |python)[^\n|;]{3,160}(\)|;\s?\})\s?(2>\s?\/dev\/null|2>&1)?\s?\|\s?(sudo )?(\/bin\/)?(ba|da|z|a)?sh\b/
    $b = /wg[e]t [^\n|;]{3,160}\|\|\s?(curl |lwp-download |python)[^\n|;]{3,160}(\)|;\s?\})\s?(2>\s?\/dev\/null|2>&1)?\s?\|\s?(sudo )?(\/bin\/)?(ba|da|z|a)?sh\b/
  condition:
    filesize < 20MB and any of them
}

rule pipe_from_host_in_script {
  meta:
    description = "A script that pipes an installer from the network into a shell"
    severity = "low"
    confidence = "medium"
    intent = "hygiene"
    techniques = "T1105,T1059.004"
    filetypes = "interpretable"
    advice = "Pin what is fetched: download a fixed version, check its digest, then run it."
  strings:
    $a = /\n[^#\n]{0,60}\b(curl|wget) [^\n|;&]{0,200}ht[t]ps?:\/\/[^\n|]{4,200}\| ?(sudo )?(-E )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh\b/
  condition:
    filesize < 1MB and $a
}

rule pipe_without_tls {
  meta:
    description = "A script fetched without encryption, or without checking the certificate, goes straight into a shell"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004,T1557"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\n[^#\n]{0,60}\b(curl|wget) [^\n|;&]{0,160} ht[t]p:\/\/[^\n|]{4,200}\| ?(sudo )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh\b/
    $b = /\n[^#\n]{0,60}\bcu[r]l (-[a-zA-Z]{0,6}k|--insecure)\b[^\n|;&]{0,160}\| ?(sudo )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh\b/
    $c = /\n[^#\n]{0,60}\bwget [^\n|;&]{0,80}--no-check-certi[f]icate[^\n|;&]{0,160}\| ?(sudo )?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a|k)?sh\b/
  condition:
    filesize < 1MB and any of them
}

rule substitution_from_network {
  meta:
    description = "A shell evaluates what a download gives, inside quotes or brackets"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\bev[a]l ["']?(\$\(|`)(curl|wget) [^\n)`]{0,200}https?:/
    $b = /sh <\((curl|wget) [^\n)]{5,200}ht[t]p:/
    $c = /\b(source|\.) <\((curl|wget) [^\n)]{0,200}ht[t]ps?:\/\/([0-9]{1,3}\.){3}/
    $d = /\b(python[23]?|perl|ruby|node|php) <\((curl|wget) [^\n)]{0,200}ht[t]ps?:/
  condition:
    filesize < 1MB and any of them
}

rule drop_in_temporary_folder {
  meta:
    description = "A file is fetched from a bare address into a temporary folder, made executable and started, on one line"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004,T1222.002"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\b(curl|wget) [^\n]{0,120}https?:\/\/([0-9]{1,3}\.){3}[0-9]{1,3}[^\n]{0,160}ch[m]od (\+x|[0-7]{3,4}|u\+x|a\+x)[^\n]{0,80}[;&|] ?(nohup |setsid |sudo )?(\.|\/tmp|\/var\/tmp|\/dev\/shm|\/var\/run)\//
    $b = /cd (\/tmp|\/var\/tmp|\/dev\/shm|\/var\/run|\/mnt)[^\n]{0,60}\b(curl|wget|tftp|ftpget) [^\n]{0,200}ch[m]od (\+x|[0-7]{3,4})[^\n]{0,80}[;&|] ?(nohup |sh |\.\/)/
  condition:
    filesize < 20MB and any of them
}

rule drop_and_start_script {
  meta:
    description = "A script that fetches a program into a temporary or hidden place, makes it executable and starts it unseen"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004,T1564.001"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $f1 = /\b(curl|wget) [^\n]{0,200}(-[a-zA-Z]{0,5}[oO]|--out[p]ut|>)\s?["']?(\/tmp|\/var\/tmp|\/dev\/shm|\/run\/shm)\/[^\s]{1,80}/
    $f2 = /\b(curl|wget) [^\n]{0,200}(-[a-zA-Z]{0,5}[oO]|--out[p]ut|>)\s?["']?[^\s]{0,60}\/\.[a-zA-Z0-9_-]{1,40}["']?[\s;]/
    $c = /ch[m]od (\+x|[0-7]{3,4}|u\+x|a\+x|-R 777) ["']?(\/tmp|\/var\/tmp|\/dev\/shm|\/run\/shm|[^\s]{0,60}\/\.[a-zA-Z0-9_-]{1,40})/
    $r1 = /(nohup|set[s]id|exec -a)\s[^\n]{0,30}(\/tmp|\/var\/tmp|\/dev\/shm|\/run\/shm|\/\.[a-z])/
    $r2 = /\n\s{0,8}(\/tmp|\/var\/tmp|\/dev\/shm)\/[^\s]{1,60}[^\n]{0,80}>\s?\/dev\/nu[l]l 2>&1/
    $r3 = /\n\s{0,8}(\/t[m]p|\/var\/tmp|\/dev\/shm)\/\.[^\s]{1,60}/
  condition:
    filesize < 1MB and any of ($f*) and $c and any of ($r*)
}

rule many_architectures {
  meta:
    description = "A dropper that fetches one program after another for every processor type and tries them all"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $m1 = ".mip\x73el"
    $m2 = ".mi\x70s"
    $m3 = ".a\x72m7"
    $m4 = ".a\x72m5"
    $m5 = ".s\x684"
    $m6 = ".p\x70c"
    $m7 = ".m68\x6b"
    $m8 = ".mp\x73l"
    $m9 = ".s\x70c"
    $m10 = ".\x69586"
    $m11 = ".a\x72m6"
    $m12 = ".\x7886"
    $g = /\b(wget|curl|tftp|ftpget|busybox wget) [^\n]{1,120}ht[t]ps?:/
    $c = /ch[m]od (\+x|777|[0-7]{3})/
    $r = /\.\/[a-zA-Z0-9_.\-]{1,40}/
  condition:
    filesize < 200KB and 5 of ($m*) and $g and $c and $r
}

rule python_exec_download {
  meta:
    description = "Python that runs code which it has just fetched"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\b(exec|eval)\((compile\()?(urllib\.request\.|urllib2\.|urllib\.)?url[o]pen\(/
    $b = /\b(exec|eval)\((compile\()?requ[e]sts\.get\([^\n]{1,200}\)\.(text|content)/
    $c = /\b(exec|eval)\((compile\()?__imp[o]rt__\(["'](urllib|requests|http)/
    $d = /python[23]? -c ["'][^\n]{0,80}url[o]pen\([^\n]{1,160}\b(exec|eval)\(/
  condition:
    filesize < 20MB and any of them
}

rule python_download_and_start {
  meta:
    description = "Python that stores a download in a temporary folder, makes it executable and starts it"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $g1 = "urlre\x74rieve("
    $g2 = "reque\x73ts.get("
    $g3 = "url\x6fpen("
    $t = /["'](\/t[m]p|\/var\/tmp|\/dev\/shm)\/[^"'\n]{1,60}["']/
    $c = /os\.ch[m]od\([^\n]{1,60}(0o?7[0-7]{2}|stat\.S_I[RWX])/
    $x1 = /os\.sys[t]em\(/
    $x2 = /subpr[o]cess\.(Popen|call|run)\(/
    $x3 = /os\.ex[e]c[lv]p?e?\(/
  condition:
    filesize < 200KB and any of ($g*) and $t and $c and any of ($x*)
}

rule perl_eval_download {
  meta:
    description = "Perl that evaluates what it has just fetched"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /perl -MLWP::Sim[p]le -e ["']?\s?(eval|getstore)\b/
    $b = /ev[a]l\s?\(?\s?get\s?\(?["']https?:/
    $c = /use LWP::Sim[p]le/
    $d = /pe[r]l -e ["'][^\n]{0,80}(LWP|IO::Socket|HTTP::Tiny)[^\n]{0,200}eval/
  condition:
    filesize < 20MB and ($a or $d or ($b and $c))
}

rule ruby_eval_download {
  meta:
    description = "Ruby that evaluates what it has just fetched"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\b(eval|instance_eval|class_eval)\s?\(?\s?(URI\.)?op[e]n\(["']https?:/
    $b = /\bev[a]l\s?\(?\s?Net::HTTP\.get(_response)?\(?\s?URI/
  condition:
    filesize < 20MB and any of them
}

rule php_eval_download {
  meta:
    description = "PHP that evaluates what it has just fetched"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1505.003"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\bev[a]l\s?\(\s?["'?>.\s]{0,8}@?(file_get_contents|curl_exec|fread)\s?\(\s?["']?(https?:|base64_decode|\$ch|\$curl)/ nocase
    $b = /\b(inc[l]ude|require)(_once)?\s?\(?\s?["'](https?:\/\/|data:\/\/|data:text|php:\/\/filter)/ nocase
    $p = "<?p\x68p"
  condition:
    filesize < 5MB and ($a or ($b and $p))
}

rule node_eval_download {
  meta:
    description = "JavaScript that evaluates what it has just fetched"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.007"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\bev[a]l\(\s?(await )?\(?\s?(await )?(axios\.get|fetch|got)\([^\n]{1,160}\)/
    $b = /(https?|axios|request|got)(["']\))?(\.get)?\(["'`]ht[t]ps?:\/\/[^\n]{1,300}\beval\(\s?(data|body|d|res|r|chunk|response)(\.(data|body|text))?\s?[.)]/
    $c = /new Func[t]ion\(\s?(["']require["'],\s?)?(await )?\(?\s?(await )?(axios\.get|fetch|got)\(/
    $d = /new Func[t]ion(\.constructor)?\(["']require["'],\s?(\w{1,20}\.data|\w{1,20}\.data\.\w{1,20}|data|body|response)\)/
  condition:
    filesize < 5MB and any of them
}

rule powershell_download_cradle {
  meta:
    description = "PowerShell that runs a download from memory"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.001"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /(iex|Invoke-Expression)[^\n]{0,60}(Net\.WebClient\)?\.DownloadString|Invoke-WebRequest|Invoke-RestMethod|\(iwr -|\(irm -)[^\n]{0,40}ht[t]ps?:\/\/(([0-9]{1,3}\.){3}|raw\.|pastebin|[a-z0-9.\-]{1,60}\/[a-z0-9]{1,10}\.(txt|ps1|jpg|png))/ nocase
    $b = /power[s]hell[^\n]{0,80}-w(indowstyle)? hidden[^\n]{0,120}Download(String|File|Data)/ nocase
  condition:
    filesize < 20MB and any of them
}

rule powershell_script_block_download {
  meta:
    description = "PowerShell that makes a script block of what it fetches, without encryption or from a bare address"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.001"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $b = "[scriptbl\x6fck]::Create(" nocase
    $d = /\b(Download(String|Data)|Invoke-(WebRequest|RestMethod)|iwr|irm)\b[^\n]{0,40}["'\s(](ht[t]p:\/\/|ht[t]ps:\/\/([0-9]{1,3}\.){3})/ nocase
  condition:
    filesize < 64KB and $b and $d
}

rule program_with_pipe_to_shell {
  meta:
    description = "A program that carries a \"download and pipe into a shell\" line with a bare address"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004"
    filetypes = "elf"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\b(curl|wget) [ -~]{0,120}ht[t]ps?:\/\/([0-9]{1,3}\.){3}[0-9]{1,3}[ -~]{0,160}\| ?(ba|da|a)?sh\b/
    $b = /(curl|wget) [ -~]{3,160}\|\|\s?(wget |curl |lwp-down[l]oad |python)[ -~]{3,160}(\)|;\s?\})\s?(2>\s?\/dev\/null|2>&1)?\s?\|\s?(ba|da|a)?sh\b/
  condition:
    uint32(0) == 0x464c457f and any of them
}

rule program_drops_program {
  meta:
    description = "A program that carries a line which fetches another program, makes it executable and starts it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004"
    filetypes = "elf"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\b(wget|curl|tftp|busybox wget) [ -~]{0,160}https?:\/\/[ -~]{4,160}ch[m]od (\+x|777|[0-7]{3,4})[ -~]{0,80}[;&] ?(nohup |sh |\.\/|\/tmp\/)/
    $b = /cd \/t[m]p ?(;|&&|\|\|) ?(cd \/(var|dev|mnt)[a-z\/]{0,10} ?(;|&&|\|\|) ?){0,4}[ -~]{0,40}(wget|curl|tftp) /
  condition:
    uint32(0) == 0x464c457f and any of them
}

rule paste_site_pipe {
  meta:
    description = "Code from a paste or file-sharing site goes straight into an interpreter"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1102.001,T1059.004"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /ht[t]ps?:\/\/(pastebin\.com\/raw|paste\.ee\/r|rentry\.(co|org)\/[a-z0-9]{1,20}\/raw|hastebin\.com\/raw|ghostbin\.|transfer\.sh\/|temp\.sh\/|bashupload\.com|0x0\.st\/|termbin\.com\/|oshi\.at\/|file\.io\/|gofile\.io|catbox\.moe|ix\.io\/|sprunge\.us\/|dpaste\.(org|com))[^\n|]{0,120}\| ?(sudo )?(base64 -d ?\| ?)?(ba|da|z)?(sh|python[23]?|perl|node|php)\b/
    $b = /(eval|exec|source|sh|bash) ?["'<]{0,2}(\$\(|\(|`)\s?(curl|wget)[^\n)`]{1,80}(past[e]bin\.com\/raw|paste\.ee\/r|rentry\.|hastebin\.com\/raw|transfer\.sh\/|termbin\.com)/
  condition:
    filesize < 20MB and any of them
}

rule onion_download {
  meta:
    description = "A script that fetches its code from a Tor hidden service or a gateway to one"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1090.003"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\b(curl|wget) [^\n]{0,160}[a-z2-7]{16,56}\.(on[i]on|tor2web\.|d2web\.org)/
    $b = /\.(on[i]on|tor2web\.)[^\n]{0,80}\| ?(ba)?sh\b/
  condition:
    filesize < 2MB and any of them
}

rule tool_without_curl {
  meta:
    description = "A shell that speaks HTTP by itself through /dev/tcp, in order to fetch a program without curl or wget"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /ex[e]c [0-9]{1,3}<>\s?["']?\/dev\/tcp\//
    $b = /GET [^\n]{1,80} HT[T]P\/1\.[01]\\r\\n/
    $c = /ch[m]od (\+x|777|[0-7]{3})/
    $d = /\| ?(b[a])?sh\b/
  condition:
    filesize < 1MB and $a and $b and any of ($c, $d)
}

rule start_command_hidden_fetch {
  meta:
    description = "A start script that fetches and runs something before it hands over to the real program"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1059.004"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $f = /\n[^#\n]{0,40}\b(curl|wget) [^\n|;&]{0,200}ht[t]ps?:\/\/[^\n|]{4,200}\| ?(\/bin\/|\/usr\/bin\/)?(ba|da|z|a)?sh\b/
    $e1 = /\nex[e]c "\$@"/
    $e2 = /\nex[e]c [^\n]{1,200}"\$@"/
  condition:
    filesize < 64KB and $f and any of ($e*)
}

rule oversized_script {
  meta:
    description = "A script larger than most scanners look at: a self-extracting installer, or padding that hides something"
    severity = "info"
    confidence = "low"
    intent = "hygiene"
    techniques = "T1027.001"
    filetypes = "interpretable"
    advice = "Unpack it and look at its head and tail; an installer says who made it."
  strings:
    $h1 = "#!/b\x69n/"
    $h2 = "#!/u\x73r/"
    $h3 = "#! /b\x69n"
  condition:
    filesize >= 20MB and uint16(0) == 0x2123 and any of them
}

rule python_compiles_response {
  meta:
    description = "Python that compiles the answer of a server and runs it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.006,T1105"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $h = /HTTPS?Conn[e]ction\b|url[o]pen\(|requ[e]sts\.get\(/
    $c = /\bcomp[i]le\(\s?\w{1,20}(\.getresponse\(\))?\.(read\(\)|text|content)[^\n]{0,60}["']exec["']/
    $x = /\bex[e]c\(/
  condition:
    filesize < 1MB and all of them
}

rule node_runs_response_in_context {
  meta:
    description = "A short piece of JavaScript that fetches a text and runs it as a script of its own"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1059.007,T1105"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $g = /\bht[t]ps?["']?\)?\.get\(\s?["'`]https?:|fet[c]h\(\s?["'`]https?:/
    $v = /runIn(This|New)?Cont[e]xt\(\s?(\w{1,20}[,)]|`[^`\n]{0,60}\$\{)/
  condition:
    filesize < 16KB and all of them
}

rule temporary_program_started_and_removed {
  meta:
    description = "A program is fetched under a name made for it, started in the background and removed, on one line"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1105,T1070.004"
    filetypes = "interpretable"
    advice = "What would run is decided by a server at start-up, not by this image. Find out what the address serves; put the code into the image instead."
  strings:
    $a = /\b(wget|curl) [^\n]{0,160}ch[m]od [^\n]{1,40}(&&|;) ?\(? ?(nohup |setsid )?["']?\$\{?\w{1,20}\}?["']? ?(>[^\n&]{0,30}(2>&1 ?)?)?& ?\)?[^\n]{0,20}\brm -/
  condition:
    filesize < 1MB and $a
}
