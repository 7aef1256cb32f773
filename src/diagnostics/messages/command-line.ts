/** Messages of the command line: flags, files and run folders. */
import { defineMessage } from '../diagnostic.ts'

export const wrongFlagValue = defineMessage<{
  flag: string
  value: string
  expected: string
  suggestion?: string | undefined
}>({
  code: 'E1101',
  title: 'a flag with a value that it cannot take',
  build: ({ flag, value, expected, suggestion }) => ({
    message: `${flag} cannot be \`${value}\``,
    help: `${suggestion === undefined ? '' : `did you mean \`${suggestion}\`? `}it takes ${expected}`,
  }),
})

export const unknownCode = defineMessage<{ code: string; similar?: string }>({
  code: 'E1102',
  title: 'an unknown code',
  build: ({ code, similar }) => ({
    message: `no diagnostic has the code \`${code}\``,
    help: similar ? `did you mean ${similar}?` : 'codes look like E0312',
  }),
})

export const unreadableFile = defineMessage<{ path: string; reason: string }>({
  code: 'E1103',
  title: 'a file of the command line that cannot be read',
  build: ({ path, reason }) => ({
    message: `cannot read \`${path}\`: ${reason}`,
    help: 'paths are relative to the folder you are in',
  }),
})

export const notInSpec = defineMessage<{
  kind: string
  /** Absent if there is only one. */
  name?: string
  known: readonly string[]
  suggestion?: string
}>({
  code: 'E1105',
  title: 'a name of the command line that the spec does not have',
  build: ({ kind, name, known, suggestion }) => ({
    message: name === undefined ? `the spec has no ${kind}` : `there is no ${kind} \`${name}\``,
    help:
      suggestion !== undefined
        ? `did you mean \`${suggestion}\`?`
        : known.length > 0
          ? `there is ${known.join(', ')}`
          : `declare a ${kind} in the spec`,
  }),
})

export const runFolderTaken = defineMessage<{ path: string; command: string }>({
  code: 'E1106',
  title: 'a run folder that is taken',
  build: ({ path, command }) => ({
    message: `${path} already holds a run`,
    help: `continue it with: ${command}\nor give another folder with --out`,
  }),
})

export const notARunFolder = defineMessage<{ path: string; problem: string; help: string }>({
  code: 'E1107',
  title: 'a folder that holds no run',
  build: ({ path, problem, help }) => ({ message: `${path} ${problem}`, help }),
})

export const unknownPass = defineMessage<{ name: string; names: readonly string[]; similar?: string }>({
  code: 'E1108',
  title: 'an unknown optimization',
  build: ({ name, names, similar }) => ({
    message: `no optimization is called \`${name}\``,
    help: similar
      ? `did you mean \`-${similar}\`?`
      : `--passes=none, or out of ${names.map((n) => `-${n}`).join(', ')}`,
  }),
})

export const unknownPictureForm = defineMessage<{ path: string; endings: readonly string[] }>({
  code: 'E1110',
  title: 'an unknown form of a picture',
  build: ({ path, endings }) => ({
    message: `cannot tell the form of a picture from \`${path}\``,
    help: `its ending says it: ${endings.map((ending) => `.${ending}`).join(', ')}`,
  }),
})

export const noProfile = defineMessage<{ backend: string }>({
  code: 'E1111',
  title: 'a backend without a profile',
  build: ({ backend }) => ({
    message: `the backend ${backend} cannot be profiled`,
    help: 'leave out --backend, or name one that `distill doctor` measures, such as wasm',
  }),
})

export const notASpec = defineMessage<{ path: string }>({
  code: 'E1112',
  title: 'a file that is no spec',
  build: ({ path }) => ({
    message: `${path} is no spec: its text cannot be read as one, and its name does not end in .distill`,
    help: 'name the spec; data and weights are named inside it',
  }),
})

export const severalRuns = defineMessage<{ path: string; runs: readonly string[]; command: string }>({
  code: 'E1114',
  title: 'a folder of several runs',
  build: ({ path, runs, command }) => ({
    message: `${path} holds ${runs.length} finished runs, not one`,
    help:
      runs.length === 0
        ? `go on with it first: ${command}`
        : [
            'name one of them, the best first:',
            ...runs.slice(0, 8),
            ...(runs.length > 8 ? ['...'] : []),
          ].join('\n'),
  }),
})

export const folderInUse = defineMessage<{
  path: string
  file: string
  pid: number
  host: string
  since: string
  /** Whether it is this machine's. */
  here: boolean
  /** Whether the lock ends by itself when its process no longer renews it. */
  renewed: boolean
  /** Whether this process had the folder before. */
  lost: boolean
}>({
  code: 'E1115',
  title: 'a run folder that another process uses',
  build: ({ path, file, pid, host, since, here, renewed, lost }) => {
    const other = `process ${pid}${here ? '' : ` of ${host}`}`
    if (lost)
      return {
        message: `${other} has taken over ${path}, so this process stops and changes nothing more there`,
        help: `this process did not renew its lock for a minute, or ${file} was deleted`,
      }
    const gone = renewed ? 'wait a minute' : `delete ${file}`
    return {
      message: `${path} is in use by ${other}, since ${since}`,
      help: here
        ? `wait for it or end it (kill ${pid} lets it save), or give another folder with --out`
        : `wait for it, or give another folder with --out; if that process is gone, ${gone}`,
    }
  },
})

export const flagNotForHead = defineMessage<{
  flag: string
  model: string
  head: string
  gives: string
  help: string
}>({
  code: 'E1116',
  title: 'a flag that does not suit the answers',
  build: ({ flag, model, head, gives, help }) => ({
    message: `${flag} is for labels, and head ${head} of ${model} gives ${gives}`,
    help,
  }),
})

export const noFrozenTeacher = defineMessage<{ spec: string; ended: boolean }>({
  code: 'E1133',
  title: 'records of a spec without a frozen teacher',
  build: ({ spec, ended }) => ({
    message: `no stage of ${spec} ${ended ? 'that is left ' : ''}reads a frozen teacher`,
    help: `records are values of models that a stage reads and does not train; without them there is nothing to compute ahead: distill train ${spec}`,
  }),
})

export const recordsOfSweep = defineMessage<{ spec: string }>({
  code: 'E1134',
  title: 'records of a sweep',
  build: ({ spec }) => ({
    message: `the runs of ${spec} are several, and records belong to one`,
    help: 'choose one run: --set NAME=VALUE; the runs of a sweep with the same teacher compute its records once',
  }),
})
