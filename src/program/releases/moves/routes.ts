import { z } from 'zod'
import type { App } from '#platform/app.ts'
import { route, type Route } from '#platform/http/route.ts'
import { may } from '#program/policy.ts'
import { confirmMove, withdrawMove } from '#program/releases/moves/confirm-move.ts'
import { ConfirmMove, MoveList, MoveParams, MovePreview, MoveView, MoveWish, ProposeMove } from '#program/releases/moves/contract.ts'
import { listMoves, showMove } from '#program/releases/moves/list-moves.ts'
import { previewMove, proposeMove } from '#program/releases/moves/propose-move.ts'
import { staff } from '#platform/auth/staff.ts'

const tag = 'releases'

export function routes(app: App): Route[] {
  return [...readRoutes(app), ...decisionRoutes(app)]
}

function readRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/releases/moves/preview',
      summary: 'Shows every consequence of moving a release, or packages of it; nothing is written.',
      tag,
      access: may.previewMove,
      body: MoveWish,
      response: MovePreview,
      handle: ({ actor, body }) => previewMove(app, staff(actor), body),
    }),
    route({
      method: 'GET',
      url: '/api/releases/moves',
      summary: 'Lists the moves of releases that were proposed or confirmed, the newest first.',
      tag,
      access: may.listMoves,
      response: MoveList,
      handle: async ({ actor }) => ({ items: await listMoves(app, staff(actor)) }),
    }),
    route({
      method: 'GET',
      url: '/api/releases/moves/:id',
      summary: 'Shows a move of a release; while it waits, with its consequences as things are now.',
      tag,
      access: may.listMoves,
      params: MoveParams,
      response: MoveView,
      handle: ({ actor, params: { id } }) => showMove(app, staff(actor), id),
    }),
  ]
}

function decisionRoutes(app: App): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/releases/moves',
      summary: 'Proposes to move a release, or packages of it, to other instants; a second publisher has to confirm it.',
      tag,
      access: may.proposeMove,
      creates: true,
      body: ProposeMove,
      status: 201,
      response: MoveView,
      handle: ({ actor, body }) => proposeMove(app, staff(actor), body),
    }),
    route({
      method: 'POST',
      url: '/api/releases/moves/:id/confirmation',
      summary: 'Confirms a move that another publisher proposed, with exactly the consequences that were read.',
      tag,
      access: may.confirmMove,
      params: MoveParams,
      body: ConfirmMove,
      response: MoveView,
      handle: ({ actor, params: { id }, body: { preview } }) => confirmMove(app, staff(actor), id, preview),
    }),
    route({
      method: 'DELETE',
      url: '/api/releases/moves/:id',
      summary: 'Withdraws a move that still waits for its second publisher.',
      tag,
      access: may.withdrawMove,
      params: MoveParams,
      status: 204,
      response: z.undefined(),
      handle: async ({ actor, params: { id } }) => {
        await withdrawMove(app, staff(actor), id)
        return undefined
      },
    }),
  ]
}
