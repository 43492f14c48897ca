import type { App } from '#platform/app.ts'
import { PageQuery } from '#platform/http/page.ts'
import { route, type Route } from '#platform/http/route.ts'
import { MAX_ADVISORY_BYTES } from '#program/advisories/import-advisory.ts'
import { advisoryRoutes } from '#program/packages/advisory-routes.ts'
import { ContentNamed, EditContent, PackageParams, PackageSummaryPage, PackageView, SchedulePackage } from '#program/packages/contract.ts'
import { editContent } from '#program/packages/edit-content.ts'
import { fileRoutes } from '#program/packages/file-routes.ts'
import { importPackage } from '#program/packages/import-package.ts'
import { listPackages, readPackage } from '#program/packages/list-packages.ts'
import { receiptRoutes } from '#program/packages/receipt-routes.ts'
import { approvePackage, returnPackage, submitPackage } from '#program/packages/review-package.ts'
import { VersionQuery } from '#program/packages/revisions/contract.ts'
import { schedulePackage } from '#program/packages/schedule-package.ts'
import { may } from '#program/policy.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'packages'
const params = PackageParams

export function routes(app: App): Route[] {
  return [...readRoutes(app), ...authorRoutes(app), ...approvalRoutes(app), ...fileRoutes(app), ...advisoryRoutes(app), ...receiptRoutes(app)]
}

function readRoutes(app: App): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/packages',
      summary: 'Lists the packages that you may know of now, the newest first.',
      tag,
      access: may.listPackages,
      query: PageQuery,
      response: PackageSummaryPage,
      handle: ({ actor, query }) => listPackages(app, actor, query),
    }),
    route({
      method: 'GET',
      url: '/api/packages/:id',
      summary: 'Shows what you may read now of the newest version of a package that you may know of, or of the one that you name.',
      tag,
      access: may.readPackage,
      params,
      query: VersionQuery,
      response: PackageView,
      handle: ({ actor, params: { id }, query: { version } }) => readPackage(app, actor, id, version),
    }),
  ]
}

function authorRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/packages/imports',
      summary: 'Begins a package from a CSAF 2.0 or 2.1 document or a CVE record of version 5.',
      tag,
      access: may.importPackage,
      consumes: ['application/json', 'application/csaf+json', 'application/octet-stream'],
      bodyLimit: MAX_ADVISORY_BYTES,
      status: 201,
      response: PackageView,
      handle: ({ actor, body }) => importPackage(app, staff(actor), body),
    }),
    route({
      method: 'PUT',
      url: '/api/packages/:id/content',
      summary: 'Gives a draft new content, if it still says what you read.',
      tag,
      access: may.editPackage,
      params,
      body: EditContent,
      bodyLimit: MAX_ADVISORY_BYTES,
      response: PackageView,
      handle: ({ actor, params: { id }, body }) => editContent(app, staff(actor), id, body),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/review',
      summary: 'Sends a draft to review, if it still says what you read.',
      tag,
      access: may.submitPackage,
      params,
      body: ContentNamed,
      response: PackageView,
      handle: ({ actor, params: { id }, body }) => submitPackage(app, staff(actor), id, body.contentHash),
    }),
  ]
}

function approvalRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/packages/:id/return',
      summary: 'Gives what is in review, approved or deferred back to its authors; an approval ends with it.',
      tag,
      access: may.returnPackage,
      params,
      response: PackageView,
      handle: ({ actor, params: { id } }) => returnPackage(app, staff(actor), id),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/approval',
      summary: 'Approves exactly the content that you read; nobody approves what they wrote or submitted.',
      tag,
      access: may.approvePackage,
      params,
      body: ContentNamed,
      response: PackageView,
      handle: ({ actor, params: { id }, body }) => approvePackage(app, staff(actor), id, body.contentHash),
    }),
    route({
      method: 'POST',
      url: '/api/packages/:id/schedule',
      summary: 'Puts an approved or deferred version on a release; its windows then open by themselves. A revision takes the place of the version before it.',
      tag,
      access: may.schedulePackage,
      params,
      body: SchedulePackage,
      response: PackageView,
      handle: ({ actor, params: { id }, body }) => schedulePackage(app, staff(actor), id, body.release),
    }),
  ]
}
