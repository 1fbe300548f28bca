import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { join } from 'node:path'
import { type QueueDispatcher, type TaskLogEntity, WaybillError } from '@waybill/core'
import { exportItems } from './tasks.ts'

const page = readFileSync(join(import.meta.dirname, 'page.html'))

/** The pages and the requests of one user's tasks. Listen on it as on any server. */
export function taskServer(waybill: QueueDispatcher): Server {
  return createServer(async (request, response) => {
    try {
      const answer = await respond(waybill, request)
      response.setHeader('content-type', answer instanceof Buffer ? 'text/html' : 'application/json')
      response.end(answer instanceof Buffer ? answer : JSON.stringify(answer))
    } catch (error) {
      response.statusCode = WaybillError.isInstance(error, 'not_found') ? 404 : 500
      response.end()
    }
  })
}

// #region respond
async function respond(waybill: QueueDispatcher, request: IncomingMessage): Promise<unknown> {
  const user = userOf(request)
  const tasks = waybill.taskLog.forUser(user) // sees and changes this user's tasks only
  const [, what, id = ''] = new URL(request.url ?? '/', 'http://localhost').pathname.split('/')
  if (what !== 'tasks') return page
  switch (`${request.method} ${id === '' ? 'all' : 'one'}`) {
    case 'POST all':
      return await waybill.enqueue(exportItems, { items: 500 }, { owner: user })
    case 'GET all':
      return (await tasks.findAvailable()).items.map(row)
    case 'DELETE one':
      return await tasks.cancel(id)
    default:
      return row(await tasks.getById(id))
  }
}

/** What the page shows of a task. */
function row(task: TaskLogEntity): object {
  const { progress, report } = task
  return { ...task.toJSON(), progress, message: report?.message }
}
// #endregion

/** Whoever is logged in: ask your session. */
function userOf(request: IncomingMessage): string {
  return String(request.headers['x-user'] ?? 'ada')
}
