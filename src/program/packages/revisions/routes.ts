import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { PackageParams, PackageView } from '#program/packages/contract.ts'
import { DifferenceList, DifferenceQuery, StartRevision, VersionList } from '#program/packages/revisions/contract.ts'
import { showVersions } from '#program/packages/revisions/list-versions.ts'
import { revisePackage } from '#program/packages/revisions/revise-package.ts'
import { showDifferences } from '#program/packages/revisions/show-differences.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'packages'

export function routes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/packages/:id/versions',
      summary: 'Lists the versions of a package that you may know of, the newest first.',
      tag,
      access: may.readPackage,
      params: PackageParams,
      response: VersionList,
      handle: async ({ actor, params: { id } }) => ({ items: await showVersions(app, actor, id) }),
    }),
    route({
      method: 'GET',
      url: '/api/packages/:id/differences',
      summary: 'Shows what is different between two versions, of the parts of both that you may read and have received.',
      tag,
      access: may.comparePackage,
      params: PackageParams,
      query: DifferenceQuery,
      response: DifferenceList,
      handle: ({ actor, params: { id }, query }) => showDifferences(app, actor, id, query),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/revisions',
      summary: 'Begins the next version of a package as a draft; the present one stays as it is until the draft takes its place.',
      tag,
      access: may.revisePackage,
      creates: true,
      params: PackageParams,
      body: StartRevision,
      status: 201,
      response: PackageView,
      handle: ({ actor, params: { id }, body }) => revisePackage(app, staff(actor), id, body),
    }),
  ]
}
