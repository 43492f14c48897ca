rule encoded_powershell {
  meta:
    description = "A command line hands PowerShell an encoded script"
    kind = "note"
    severity = "medium"
    attack = "T1059.001, T1027.010"
  strings:
    $line = /powershell(\.exe)?[^\r\n]{0,100}[ \t][-\/]e(nc|ncodedcommand)?[ \t]+["']?[A-Za-z0-9+\/=]{40}/ nocase ascii wide
  condition:
    $line
}
