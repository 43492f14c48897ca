// What machine code needs that came with a document and does not know where it stands. Each alone is a note: an
// executable inside a document holds the same bytes.

rule code_that_finds_itself {
  meta:
    description = "Machine code asks where it stands and looks for the libraries of its process"
    kind = "note"
    severity = "low"
    attack = "T1203"
  strings:
    $call = { E8 00 00 00 00 (58 | 59 | 5A | 5B | 5D | 5E | 5F) }
    $fpu = { D9 74 24 F4 (58 | 59 | 5A | 5B | 5D | 5E | 5F) }
    $libraries32 = { 64 (A1 | 8B ?? | 8B 0D | 8B 15 | 8B 1D | 8B 35 | 8B 3D) 30 00 00 00 }
    $libraries64 = { 65 48 8B ?? 25 60 00 00 00 }
  condition:
    any of ($call, $fpu) and any of ($libraries*)
}

rule code_that_hashes_names {
  meta:
    description = "Machine code finds functions by a hash of their names (rotation by 13)"
    kind = "note"
    severity = "low"
    attack = "T1027.007"
  strings:
    $rotate = { C1 (C9 | CA | CB | CE | CF) 0D 01 (C1 | C2 | C3 | C6 | C7 | D1 | CF) }
    $libraries32 = { 64 (A1 | 8B ?? | 8B 0D | 8B 15 | 8B 1D | 8B 35 | 8B 3D) 30 00 00 00 }
    $libraries64 = { 65 48 8B ?? 25 60 00 00 00 }
  condition:
    $rotate and any of ($libraries*)
}

rule spray_of_addresses {
  meta:
    description = "Long runs of one address that lies in the middle of a sprayed heap"
    kind = "note"
    severity = "low"
    attack = "T1203"
  strings:
    $c = { 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C 0C }
    $d = { 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D 0D }
  condition:
    #c > 64 or #d > 64
}
