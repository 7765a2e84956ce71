// Pages that run whatever a web request carries (T1505.003).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule php_eval_request {
  meta:
    description = "PHP that evaluates a value of the request as code"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /\b(eval|assert)\s{0,4}\(\s{0,4}@?\s{0,4}(strips[l]ashes\(|trim\(|urldecode\(|gzinflate\(|str_rot13\()?\s{0,4}(base64_decode\()?\s{0,4}@?\$_(POST|GET|REQUEST|COOKIE|SERVER)\s{0,4}\[/ nocase
    $b = /\b(eval|assert)\s{0,4}\(\s{0,4}@?\$\{["']_(POST|GET|REQ[U]EST|COOKIE)/ nocase
    $c = /(@eval|\bassert)\s{0,4}\(\s{0,4}(base64_decode\()?\s{0,4}file_get_cont[e]nts\(["']php:\/\/input/ nocase
    $d = /\beval\s{0,4}\(\s{0,4}(base64_decode|gzinflate|str_rot13)\(\s{0,4}file_get_cont[e]nts\(["']php:\/\/input/ nocase
  condition:
    filesize < 5MB and any of them
}

rule php_command_request {
  meta:
    description = "PHP that runs a value of the request as a system command"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /\b(system|shell_exec|passthru|exec|popen|proc_open|pcntl_exec)\s{0,4}\(\s{0,4}(base64_decode\(|trim\(|strips[l]ashes\(|urldecode\()?\s{0,4}@?\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[/ nocase
    $b = /(echo|print|=|return|\() ?`[^`\n]{0,40}\$_(POST|GET|REQ[U]EST|COOKIE)\[/
    $c = /\$_(POST|GET|REQ[U]EST|COOKIE)\s{0,4}\[\s{0,4}["']?\w{1,20}["']?\s{0,4}\]\s{0,4}\(\s{0,4}\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[/
  condition:
    filesize < 5MB and any of them
}

rule php_request_callback {
  meta:
    description = "PHP that calls a function named by the request"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $e = /\b(array_filter|usort|uasort|array_walk|array_reduce)\([^\n;]{1,60}, ?\$_(POST|GET|REQ[U]EST|COOKIE)\[/ nocase
    $a = /\b(array_map|call_user_func(_array)?|regi[s]ter_shutdown_function)\s{0,4}\(\s{0,4}@?\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[/ nocase
    $b = /\bcreate_func[t]ion\s{0,4}\([^\n]{0,40}\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[/ nocase
    $c = /\bar[r]ay_(map|filter)\s{0,4}\(\s{0,4}["'](assert|system|exec|passthru|eval)["']/ nocase
    $d = /\bpreg_rep[l]ace\s{0,4}\(\s{0,4}["']\/[^\n]{0,20}\/e["'], ?@?\$_(POST|GET|REQUEST)/ nocase
  condition:
    filesize < 5MB and any of them
}

rule php_packed_eval {
  meta:
    description = "PHP that unpacks a long encoded text and evaluates it"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1027.002"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /\bev[a]l\s{0,4}\(\s{0,4}(["'?>.\s]{0,10})(gzinflate|gzuncompress|gzdecode|str_rot13|base64_decode|strrev|convert_uudecode|rawurldecode)\s{0,4}\(\s{0,4}(gzinflate|gzuncompress|gzdecode|str_rot13|base64_decode|strrev|convert_uudecode)\s{0,4}\(/ nocase
    $b = /\beval\s{0,4}\(\s{0,4}["'?>.\s]{0,10}base64_dec[o]de\s{0,4}\(\s{0,4}["'][A-Za-z0-9+\/]{100,}/ nocase
  condition:
    filesize < 5MB and any of them
}

rule php_known_shells {
  meta:
    description = "One of the widely shared PHP web shells, by its own words"
    severity = "critical"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a1 = "c99sh\x65ll" nocase
    $a2 = "r57sh\x65ll" nocase
    $a3 = "File\x73Man"
    $a4 = "b374\x6b"
    $a5 = "p0wny@\x73hell"
    $a6 = "Alfa-\x53hell" nocase
    $a7 = "IndoX\x70loit" nocase
    $a8 = "WSOset\x63ookie"
    $a9 = "Mini S\x68ell By"
    $a10 = "0by\x743m1n1"
    $a11 = "marijua\x6ea shell" nocase
    $a12 = "Gecko \x53hell" nocase
    $b1 = "<?p\x68p"
    $b2 = "<?="
    $c1 = "move_uplo\x61ded_file"
    $c2 = "shel\x6c_exec"
    $c3 = "pass\x74hru"
    $c4 = "php_u\x6eame"
    $c5 = "proc_\x6fpen"
    $c6 = "safe_\x6dode"
    $c7 = "ev\x61l("
  condition:
    filesize < 2MB and any of ($b*) and any of ($a*) and 2 of ($c*)
}

rule php_behinder {
  meta:
    description = "The PHP side of the Behinder web shell: decrypts the request body and evaluates it"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003,T1573"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $i = "php://i\x6eput"
    $k = /\$(k|key|pa[s]s)\s?=\s?["'][0-9a-f]{16}["']/
    $d1 = "openssl_\x64ecrypt"
    $d2 = "openssl_\x65ncrypt"
    $x = /\$\w{1,12}\[\$i\]\s?\^\s?\$k[e]y\[/
    $e1 = "ev\x61l("
    $e2 = "call_us\x65r_func"
    $e3 = "__inv\x6fke"
    $s = "sessio\x6e_start()"
  condition:
    filesize < 200KB and $i and $k and ($d1 or $x) and any of ($e*) and ($s or $d2)
}

rule php_godzilla {
  meta:
    description = "The PHP side of the Godzilla web shell"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003,T1573"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a1 = "$paylo\x61dName"
    $a2 = "getBas\x69csInfo"
    $a3 = /func[t]ion encode\(\$D, ?\$K\)/
    $a4 = /\$[D]\[\$i\] ?= ?\$D\[\$i\]\^\$c/
    $b1 = "$_SES\x53ION"
    $b2 = "ev\x61l("
  condition:
    filesize < 200KB and 2 of ($a*) and any of ($b*)
}

rule php_weevely {
  meta:
    description = "The shape of a Weevely agent: function names put together from fragments, a placeholder stripped from code"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1027"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /=\s?str_rep[l]ace\(["'][A-Za-z0-9]{1,4}["'], ?["']["'], ?["'][a-z]{0,12}[A-Za-z0-9]{2,6}[a-z_A-Z0-9]{4,30}["']\);/
    $b = /\$\w{1,4}=\$\w{1,4}\(["']["'], ?\$\w{1,4}\([^\n]{1,80}\)\);\s?\$\w{1,4}\(\);/
    $c = "ob_s\x74art()"
  condition:
    filesize < 64KB and $b and ($a or $c)
}

rule php_concealed_function {
  meta:
    description = "PHP that spells a dangerous function's name in pieces and calls it with a value of the request"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1027"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /["'](s["']\s?\.\s?["']y?s?t?e?m?|as["']\s?\.\s?["']sert|ev["']\s?\.\s?["']al|ba["']\s?\.\s?["']se64_dec[o]de|ex["']\s?\.\s?["']ec|shell["']\s?\.\s?["']_exec|pass["']\s?\.\s?["']thru)/
    $b = /\$\w{1,20}\(\s?@?\$_(POST|GET|REQ[U]EST|COOKIE)\s?\[/
  condition:
    filesize < 1MB and $a and $b
}

rule php_upload_door {
  meta:
    description = "A small PHP page that stores any uploaded file beside itself"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1105"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /move_uplo[a]ded_file\s?\(\s?\$_FILES\s?\[\s?["']\w{1,20}["']\s?\]\s?\[\s?["']tmp_name["']\s?\]\s?,\s?\$_FILES\s?\[/
    $b = /@?copy\s?\(\s?\$_FI[L]ES\s?\[\s?["']\w{1,20}["']\s?\]\s?\[\s?["']tmp_name["']\s?\]\s?,\s?\$_FILES\s?\[/
  condition:
    filesize < 4KB and any of them
}

rule htaccess_runs_anything {
  meta:
    description = "A web server setting that makes pictures or texts run as PHP"
    severity = "medium"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /(AddHandler|AddType|SetHandler) +appli[c]ation\/x-httpd-php[0-9]{0,2} +[^\n]{0,60}\.(jpg|jpeg|png|gif|ico|txt|css|log)\b/ nocase
    $b = /php_va[l]ue +auto_(prepend|append)_file +["']?(php:\/\/input|data:|\/tmp\/|\/var\/tmp\/|\/dev\/shm\/)/ nocase
  condition:
    filesize < 64KB and any of them
}

rule jsp_runtime_request {
  meta:
    description = "A JSP page that runs a request parameter as a system command"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $j = "<%"
    $a = /Runtime\.getRuntime\(\)\.exec\(\s?[^\n;]{0,80}request\.getPar[a]meter\(/
    $b = /request\.getPar[a]meter\("[a-zA-Z0-9_]{1,20}"\)/
    $c = /Runtime\.getRuntime\(\)\.exec\(|new Process[B]uilder\(/
    $d = /(BufferedReader|DataInp[u]tStream|Scanner)\(/
    $e = /getInpu[t]Stream\(\)/
  condition:
    filesize < 200KB and $j and ($a or ($b and $c and $d and $e))
}

rule jsp_class_loader {
  meta:
    description = "A JSP page that loads a class out of the request: Behinder, Godzilla and their kin"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003,T1620"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $j = "<%"
    $d = "defin\x65Class("
    $l = /extends ClassLoader|super\.defineClass|getDecla[r]edMethod\("defineClass"/
    $c1 = "Cipher.ge\x74Instance("
    $c2 = "BASE64D\x65coder"
    $c3 = "java.ut\x69l.Base64"
    $r1 = "request.g\x65tReader()"
    $r2 = "request.ge\x74Parameter("
    $r3 = "request.get\x49nputStream()"
  condition:
    filesize < 200KB and $j and $d and $l and any of ($c*) and any of ($r*)
}

rule jsp_script_engine {
  meta:
    description = "A JSP page that evaluates a request parameter with a script engine"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $j = "<%"
    $a = /getEngi[n]eByName\("(js|JavaScript|nashorn)"\)/ nocase
    $b = /\.eval\(\s?request\.getPar[a]meter\(/
    $c = /(ELProcessor|ExpressionFactory)[^\n]{0,120}request\.getPar[a]meter\(/
  condition:
    filesize < 200KB and $j and (($a and $b) or $c)
}

rule asp_eval_request {
  meta:
    description = "An ASP page that evaluates or runs a value of the request"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /\b(eval|execute|executeglobal)( |\()req[u]est(\.item|\.form|\.querystring)?[\(\[]["']/ nocase
    $b = /<%@ ?Page Lang[u]age=/ nocase
    $c = /eval\(Req[u]est\.(Item|Form|QueryString)\[/ nocase
    $d = /Pro[c]ess\.Start\([^\n]{0,80}Request(\.Form|\.QueryString|\.Item)?\[/ nocase
    $e = "<%"
  condition:
    filesize < 1MB and $e and ($a or ($b and ($c or $d)))
}

rule aspx_command_page {
  meta:
    description = "An ASPX page that starts cmd.exe with what a form sends"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /<%@ ?Pa[g]e/ nocase
    $b = /File[N]ame ?= ?"(cmd|powershell)(\.exe)?"/ nocase
    $c = /Argu[m]ents ?= ?"\/c ?" ?\+/ nocase
    $d = "UseShel\x6cExecute"
  condition:
    filesize < 1MB and all of them
}

rule python_web_shell {
  meta:
    description = "A Python web handler that runs a request's value as a command"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1059.006"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /(os\.popen|os\.system|subprocess\.check_output|subprocess\.getoutput|subprocess\.Popen|subprocess\.run|subprocess\.call)\((flask\.)?req[u]est\.(args|form|values|json|data|headers|cookies|GET|POST)\b/
    $b = /(exec|eval)\((base64\.b64decode\()?(flask\.)?req[u]est\.(args|form|values|json|data|headers|cookies|GET|POST)\b/
  condition:
    filesize < 1MB and any of them
}

rule node_web_shell {
  meta:
    description = "A Node.js web handler that runs a request's value as a command or as code"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1059.007"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /\b(exec|execSync|spawn|spaw[n]Sync)\(\s?(req|request|ctx)\.(query|body|params|headers|url)\b/
    $b = /\bev[a]l\(\s?(req|request|ctx)\.(query|body|params|headers)\b/
    $c = /req[u]ire\(['"](node:)?child_process['"]\)|from ['"](node:)?child_process['"]/
  condition:
    filesize < 1MB and ($b or ($a and $c))
}

rule perl_cgi_shell {
  meta:
    description = "A Perl CGI page that runs a parameter as a command"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1059"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /use CGI\b|\$ENV\{['"]?QUERY_STR[I]NG/
    $b = /(system|exec|qx|open)\s?[\(\{`]?\s?\(?\s?(\$\w{1,12}->|\$cgi->|\$q->)?pa[r]am\(['"]/
    $c = /`\$(in|FORM|qu[e]ry|cmd)\{?['"]?\w{0,12}['"]?\}?`/
  condition:
    filesize < 200KB and $a and any of ($b, $c)
}

rule shell_cgi_runs_query {
  meta:
    description = "A shell CGI script that runs the query string"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1059.004"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /(eval|sh -c|bash -c) ?["']?\$\(?\{?(QUERY_STR[I]NG|HTTP_COOKIE|HTTP_USER_AGENT|HTTP_X_)/
    $b = "Conte\x6et-type:" nocase
    $c = /echo ?["']?\$\{?QUERY_STR[I]NG[^\n]{0,80}\| ?(base64 -d[^\n]{0,20}\| ?)?(ba)?sh\b/
  condition:
    filesize < 64KB and any of ($a, $c) and $b
}

rule nginx_lua_backdoor {
  meta:
    description = "A web server setting with Lua that runs a header's or argument's value"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /con[t]ent_by_lua|access_by_lua|rewrite_by_lua/
    $b = /(io\.popen|os\.execute|loads[t]ring)\(\s?(ngx\.(var|req)|args|headers|h\[)/
  condition:
    filesize < 200KB and all of them
}

rule tomcat_memory_shell {
  meta:
    description = "Java that registers a hidden filter, valve or listener in a running Tomcat and runs commands from requests"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1620"
    filetypes = "java-class"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $f1 = "addFil\x74erDef"
    $f2 = "addFilter\x4dapBefore"
    $f3 = "addApplicatio\x6eEventListener"
    $f4 = "getPi\x70eline"
    $x1 = "getRu\x6etime"
    $x2 = "Process\x42uilder"
    $x3 = "defin\x65Class"
    $r = "getPar\x61meter"
    $c = "Standar\x64Context"
  condition:
    filesize < 500KB and $c and $r and 1 of ($f*) and 1 of ($x*)
}

rule polyglot_image_php {
  meta:
    description = "A picture that carries PHP code which runs what a request sends"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003,T1036"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $p = /<\?(p[h]p|=)/
    $a = /(eval|assert|system|shell_exec|pass[t]hru|exec)\s?\(\s?@?(base64_decode\()?\$_(POST|GET|REQUEST|COOKIE)/
  condition:
    filesize < 20MB and ((uint32(0) == 0x38464947 or uint32be(0) == 0x89504e47 or uint16be(0) == 0xffd8 or uint16(0) == 0x4d42) and $p and $a)
}

rule php_function_from_encoding {
  meta:
    description = "PHP that makes a function of an encoded text"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003,T1027"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /\bcreate_func[t]ion\s{0,4}\(\s{0,4}["'][^"'\n]{0,40}["']\s{0,4},\s{0,4}@?(base64_decode|gzinflate|gzuncompress|str_rot13|strrev|hex2bin|pack)\s{0,4}\(/ nocase
    $p = "<?p\x68p"
  condition:
    filesize < 5MB and $a and $p
}

rule php_function_names_reversed {
  meta:
    description = "PHP that writes the names of functions backwards, which decode or run what it is given"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003,T1027"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $r1 = "edoced_4\x36esab" nocase
    $r2 = "etalfn\x69zg" nocase
    $r3 = "noitcnuf_eta\x65rc" nocase
    $r4 = "cexe_lle\x68s" nocase
    $r5 = "urhtss\x61p" nocase
    $r6 = "nepo_co\x72p" nocase
    $p = "<?p\x68p" nocase
    $v = "strr\x65v" nocase
  condition:
    filesize < 2MB and $p and $v and any of ($r*)
}

rule jsp_reflected_command {
  meta:
    description = "A JSP page that reaches by reflection for what runs commands, and takes one from the request"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $r = /req[u]est\.get(Parameter|Header)\(/
    $n = /Class\.for[N]ame\(\s?"java\.lang\.(Run|Proc)/
    $i = /\.inv[o]ke\(/
    $o = /getInpu[t]Stream\(\)/
  condition:
    filesize < 200KB and all of them
}

rule aspx_handler_command {
  meta:
    description = "An ASP.NET page or handler that gives a value of the request to a command interpreter and answers with its output"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $p = /<%@ ?(Page|WebHan[d]ler|WebService|Control) / nocase
    $q = /\bRequ[e]st(\.(Form|QueryString|Headers|Params|Cookies|Item))?\s?[\[(]/
    $s = /Proc[e]ss(StartInfo\s?[({]|\.Start\()/
    $c = /["'][\/-]c ?["']\s?\+|Argu[m]ents ?= ?\$?["'][\/-]c /
    $o = /StandardOut[p]ut/
  condition:
    filesize < 200KB and all of them
}

rule python_decoded_command_page {
  meta:
    description = "A Python web handler that decodes a text and runs it in a shell"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003,T1059.006,T1140"
    filetypes = "interpretable,python-bytecode"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $q = /\breq[u]est\.(args|form|values|json|data|headers|cookies|GET|POST|META|query_params)\b/
    $x = /\.(run|Popen|call|check_output|getoutput)\(\s?(\w{1,20}\.)?(b64dec[o]de|fromh[e]x|unhexl[i]fy)\([^\n]{1,120}sh[e]ll ?= ?True/
    $y = /\b(sys[t]em|popen|getoutput)\(\s?(\w{1,20}\.)?(b64dec[o]de|fromh[e]x|unhexl[i]fy)\(/
  condition:
    filesize < 1MB and $q and ($x or $y)
}

rule node_decoded_command_page {
  meta:
    description = "A Node.js web handler that decodes a text, runs it as a command and uses its output"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1505.003,T1059.007,T1140"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $q = /\b(req|request|ctx)\.(query|body|params|head[e]rs|get)\b/
    $x = /\b(exec|execSync)\(\s?(Buff[e]r\.from\([^()\n]{1,60}, ?['"](base64|hex)['"]\)\.toString\([^()\n]{0,12}\)|atob\(\s?[\w.\[\]'"]{1,40}\)), ?(\(|function|async|\{|\w{1,20} ?=>)/
    $c = /child_pro[c]ess|['"]ch[i]ld['"], ?['"]process['"]|['"]chi[l]d_?['"] ?\+/
  condition:
    filesize < 64KB and all of them
}

rule php_variable_function_decoded {
  meta:
    description = "PHP that decodes a value of the request and gives it to a function whose name stands in a variable"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1027"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $a = /\$\w{1,20}\(\s?@?(hex2bin|base64_decode|strrev|str_rot13|gzinflate)\(\s?@?\$_(GET|POST|COOK[I]E|REQUEST|SERVER)\s?\[/
  condition:
    filesize < 1MB and $a
}

rule php_function_and_argument_decoded {
  meta:
    description = "PHP that undoes the spelling of a function’s name and calls it with a decoded value of the request"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1505.003,T1027"
    filetypes = "interpretable"
    advice = "Treat the web application as compromised: compare it with its release, and look for who could write into its folder."
  strings:
    $n = /\$\w{1,20} ?= ?@?(strr[e]v|str_r[o]t13|base64_dec[o]de|hex2b[i]n)\(\s?@?\$\w{1,20}\s?\[/
    $c = /call_us[e]r_func(_array)?\(\s?\$\w{1,20}, ?(base64_decode|hex2bin|strrev|gzinflate|urldecode)\(/
    $r = /\$_(GET|POST|COOK[I]E|REQUEST|SERVER)\s?\[|getallhe[a]ders\(|php:\/\/inp[u]t/
  condition:
    filesize < 256KB and all of them
}
