import { parentPort, workerData } from 'node:worker_threads'
import { agreementPdf } from '#program/membership/agreements/agreement-pdf.ts'

// Sets one document in a thread of its own (render-document.ts).
parentPort!.postMessage(await agreementPdf(workerData as Parameters<typeof agreementPdf>[0]), [])
