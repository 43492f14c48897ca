import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { attachmentHeader } from '#platform/http/upload.ts'
import { route, type Route } from '#platform/http/route.ts'
import { environmentsAtHand } from '#scanner/detonation/begin-detonations.ts'
import { ArtefactList, ArtefactParams, Detonation, DetonationList, DetonationParams, EnvironmentList, FarmView } from '#scanner/detonation/contract.ts'
import { PageReport } from '#scanner/detonation/page/page-report.ts'
import { listKept, listShown, openArtefact, openPicture, readDetonation } from '#scanner/detonation/read-detonations.ts'
import { readHar, readPage } from '#scanner/detonation/read-traffic.ts'
import { showFarm } from '#scanner/detonation/show-farm.ts'
import { waysOf } from '#scanner/egress-settings/ways-out.ts'
import { may } from '#scanner/policy.ts'
import { SubmissionParams } from '#scanner/submissions/contract.ts'

/** What was seen when submissions were opened in environments, and the machines that they are opened in. */
export function routes(app: App): Route[] {
  const common = { tag: 'detonation' } as const
  return [
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id/detonations',
      summary: 'Where a submission is or was opened, how far each detonation is and how it ended.',
      access: may.readSubmission,
      params: SubmissionParams,
      response: DetonationList,
      handle: async ({ actor, params }) => ({ items: await listShown(app, actor, params.id) }),
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id/detonations/:detonation',
      summary: 'What one detonation showed, as `vedette detonate --json` gives it; readable as soon as it has ended.',
      access: may.readSubmission,
      params: DetonationParams,
      response: Detonation,
      handle: ({ actor, params }) => readDetonation(app, actor, params),
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id/detonations/:detonation/page',
      summary: 'A page as it was seen: redirects with their causes, tree of resources, scripts, downloads, certificates, and what it tried.',
      access: may.readSubmission,
      params: DetonationParams,
      response: PageReport,
      handle: ({ actor, params }) => readPage(app, actor, params),
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id/detonations/:detonation/har',
      summary: 'All that reached the recording proxy, as an HTTP Archive (HAR 1.2); bodies are named by their hash.',
      access: may.readSubmission,
      params: DetonationParams,
      produces: 'application/json',
      response: z.string(),
      handle: async ({ actor, params, reply }) => {
        const har = await readHar(app, actor, params)
        reply.header('content-disposition', attachmentHeader(`${params.detonation}.har`))
        return har
      },
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id/detonations/:detonation/pictures/:sha256',
      summary: 'A picture of a page or of the screen (PNG).',
      access: may.readSubmission,
      params: ArtefactParams,
      produces: 'image/png',
      response: z.instanceof(Buffer),
      handle: async ({ actor, params, reply }) => {
        const bytes = await openPicture(app, actor, params)
        // Nobody opens a guest's picture as a page of its own.
        reply.header('content-disposition', attachmentHeader(`${params.sha256}.png`))
        return bytes
      },
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id/detonations/:detonation/files',
      summary: 'Files that a detonation left and that are kept: dropped files, cores, bodies of answers, pictures.',
      access: may.readArtefacts,
      params: DetonationParams,
      response: ArtefactList,
      handle: async ({ actor, params }) => ({ items: (await listKept(app, actor, params)).map(({ sha256, size, picture }) => ({ sha256, size, picture })) }),
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/submissions/:id/detonations/:detonation/files/:sha256',
      summary: 'A file that a detonation left, such as a dropped file or a core. Hostile: to be saved, never opened.',
      access: may.readArtefacts,
      params: ArtefactParams,
      produces: 'application/octet-stream',
      response: z.instanceof(Buffer),
      handle: async ({ actor, params, reply }) => {
        const bytes = await openArtefact(app, actor, params)
        reply.header('content-disposition', attachmentHeader(`${params.sha256}.bin`))
        return bytes
      },
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/environments',
      summary: 'Environments in which submissions can be opened now.',
      access: may.listSubmissions,
      response: EnvironmentList,
      handle: async ({ actor }) => ({ items: await environmentsAtHand(app), egress: await waysOf(app, actor) }),
    }),
    route({
      ...common,
      method: 'GET',
      url: '/api/machines',
      summary: 'Workers with machines, what is lent to whom, and what waits for what. Of other operators only that something is lent.',
      access: may.readMachines,
      response: FarmView,
      handle: ({ actor }) => showFarm(app, actor),
    }),
  ]
}
