import { WaybillError } from '../errors/waybill-error.ts'
import type { AdminAction, SkipReason } from './administer.ts'

const BECAUSE: Readonly<Record<SkipReason, string>> = {
  missing: 'it does not exist',
  done_already: 'that was done already',
  in_progress: 'it has not ended; cancel it first, or force it',
  ended: 'it has ended already',
  not_failed: 'only failed and cancelled tasks can be',
  parent_ended: 'its parent has ended; restart the parent',
  has_children: 'it has children; delete them first',
  changed: 'it changed at the same time; try again',
}

const VERBS: Readonly<Record<AdminAction, string>> = {
  archive: 'archived',
  cancel: 'cancelled',
  restart: 'restarted',
  delete: 'deleted',
}

/** The error of one entry that could not be moved. */
export function refusal(action: AdminAction, id: string, reason: SkipReason): WaybillError {
  const message = `Task ${id} cannot be ${VERBS[action]}: ${BECAUSE[reason]}.`
  return new WaybillError('not_allowed', message, { retryable: reason === 'changed' })
}
