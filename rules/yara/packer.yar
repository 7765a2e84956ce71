// Programs made unreadable: packed, encrypted or carrying another program (T1027.002, T1027.009).
// In every literal one letter is written as \xNN or [x]: so no rule matches its own text, and no other scanner takes this file for malware.

rule upx_packed {
  meta:
    description = "A program packed with UPX"
    severity = "low"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1027.002"
    filetypes = "elf"
    advice = "Ask for the unpacked program. Packing saves space, but it also keeps scanners, this one included, from seeing the code."
  strings:
    $a = "U\x50X!"
    $b = "$Info: This file is packed wit\x68 the UPX executable packer"
    $c = "U\x50X 3."
    $d = "U\x50X 4."
    $e = "U\x50X 5."
  condition:
    uint32(0) == 0x464c457f and ($b and ($a or any of ($c, $d, $e)))
}

rule upx_altered {
  meta:
    description = "A program packed with UPX and then altered so that UPX cannot unpack it: only malware hides its packer"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1027.002"
    filetypes = "elf"
    advice = "Ask for the unpacked program. Packing saves space, but it also keeps scanners, this one included, from seeing the code."
  strings:
    $loader1 = { 50 e8 ?? ?? 00 00 55 53 51 52 48 01 fe 56 48 89 fe 48 89 d7 31 db 31 c9 48 83 cd ff e8 }
    $loader2 = "PROT_EXEC|PRO\x54_WRITE failed."
    $mark = "U\x50X!"
    $info = "UPX execut\x61ble packer"
  condition:
    uint32(0) == 0x464c457f and (filesize < 30MB and ($loader1 or ($loader2 and not $info)) and not $mark)
}

rule ezuri_loader {
  meta:
    description = "A program packed with Ezuri or a like memory loader: decrypts another program and runs it from memory"
    severity = "high"
    confidence = "high"
    intent = "implant"
    techniques = "T1027.009,T1620"
    filetypes = "elf"
    advice = "Ask for the unpacked program. Packing saves space, but it also keeps scanners, this one included, from seeing the code."
  strings:
    $a1 = "guitm\x7a/ezuri"
    $a2 = "main.runF\x72omMemory"
    $a3 = "main.a\x65sDec"
    $a4 = "main.run_f\x72om_memory"
    $b1 = "memfd_\x63reate"
    $b2 = "sysca\x6cl.Exec"
  condition:
    uint32(0) == 0x464c457f and ($a1 or 2 of ($a2, $a3, $a4) or (any of ($a2, $a4) and any of ($b*)))
}

rule program_inside_program {
  meta:
    description = "A small program that carries another whole program as an encoded text and can run it from memory"
    severity = "low"
    confidence = "low"
    intent = "dual-use"
    techniques = "T1027.009"
    filetypes = "elf"
    advice = "Ask for the unpacked program. Packing saves space, but it also keeps scanners, this one included, from seeing the code."
  strings:
    $a = "f0VMR\x67IBAQ"
    $m1 = "memfd_\x63reate"
    $m2 = "fex\x65cve"
    $m3 = "/proc/s\x65lf/fd/"
  condition:
    uint32(0) == 0x464c457f and filesize < 30MB and $a and 2 of ($m*)
}

rule pyinstaller_program {
  meta:
    description = "A Python program frozen into one file by PyInstaller"
    severity = "info"
    confidence = "high"
    intent = "dual-use"
    techniques = "T1027.009"
    filetypes = "elf"
    advice = "Ask for the unpacked program. Packing saves space, but it also keeps scanners, this one included, from seeing the code."
  strings:
    $a = "PYINSTALLER_ST\x52ICT_UNPACK_MODE"
    $b = "_MEI\x50ASS"
    $c = "pyi-runti\x6de-tmpdir"
    $d = "Cannot open PyIn\x73taller archive"
  condition:
    uint32(0) == 0x464c457f and 2 of them
}

rule frozen_python_stealer {
  meta:
    description = "A frozen Python program that carries the words of a stealer"
    severity = "high"
    confidence = "medium"
    intent = "implant"
    techniques = "T1555.003,T1027.009"
    filetypes = "elf"
    advice = "Ask for the unpacked program. Packing saves space, but it also keeps scanners, this one included, from seeing the code."
  strings:
    $a1 = "_MEI\x50ASS"
    $a2 = "pyi-runti\x6de-tmpdir"
    $a3 = "NUITKA_\x4fNEFILE"
    $b1 = "Logi\x6e Data"
    $b2 = "discord.com/\x61pi/webhooks"
    $b3 = "api.teleg\x72am.org/bot"
    $b4 = "CryptUnpr\x6ftectData"
    $b5 = "cookie\x73.sqlite"
    $b6 = "exodus.\x77allet"
  condition:
    uint32(0) == 0x464c457f and any of ($a*) and 3 of ($b*)
}

rule stripped_section_names {
  meta:
    description = "A program packed by an uncommon packer or protector (VMProtect, Midgetpack, Burneye, Kiteshield, Themida traits)"
    severity = "medium"
    confidence = "low"
    intent = "implant"
    techniques = "T1027.002"
    filetypes = "elf"
    advice = "Ask for the unpacked program. Packing saves space, but it also keeps scanners, this one included, from seeing the code."
  strings:
    $a1 = ".v\x6dp0"
    $a2 = ".v\x6dp1"
    $a3 = "midge\x74pack"
    $a5 = "TEEE b\x75rneye"
    $a6 = "kites\x68ield"
    $a8 = "hellf-\x70acker"
  condition:
    uint32(0) == 0x464c457f and (filesize < 60MB and (all of ($a1, $a2) or any of ($a3, $a5, $a6, $a8)))
}
