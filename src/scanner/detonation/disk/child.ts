import { answer, requests } from '#scanner/jail/requests.ts'
import { listDisk } from './listing.ts'

/** The process that reads disks of guests: it is asked with the hashes that are known already, and answers with what lies on the disk (compare-disk.ts). */
for (const { about, bytes } of requests()) answer(listDisk(bytes, new Set(about.known as string[])))
