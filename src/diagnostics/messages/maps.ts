/** Messages of layer maps and projections. */
import { defineMessage, type Label, type Span } from '../diagnostic.ts'

export const depthsDoNotDivide = defineMessage<{
  span: Span
  from: string
  to: string
  students: number
  teachers: number
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0501',
  title: 'depths that do not divide',
  build: ({ span, from, to, students, teachers, secondary }) => ({
    message: `${teachers} layers of ${to} do not divide by ${students} of ${from}`,
    span,
    label: 'does not divide',
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
    help: '`uniform(round = floor)` rounds down; a list such as [2, 4, 6, 9, 12] says each layer',
  }),
})

export const wrongMapLength = defineMessage<{
  span: Span
  entries: number
  layers: number
  model: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0502',
  title: 'a layer map of the wrong length',
  build: ({ span, entries, layers, model, secondary }) => ({
    message: `${entries} entries for the ${layers} layers of ${model}`,
    span,
    label: `${layers} entries wanted`,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

export const mapOutsideTeacher = defineMessage<{
  span: Span
  map: string
  layer: number
  target: number
  teachers: number
  model: string
  help?: string | undefined
}>({
  code: 'E0503',
  title: 'a layer map that leaves the teacher',
  build: ({ span, map, layer, target, teachers, model, help }) => ({
    message: `${map}(${layer}) = ${target} is outside 1..${teachers}, the layers of ${model}`,
    span,
    label: 'outside',
    ...(help === undefined ? {} : { help }),
  }),
})

export const unknownMapForm = defineMessage<{ span: Span }>({
  code: 'E0504',
  title: 'an unknown form of layer map',
  build: ({ span }) => ({
    message: 'this is not a layer map',
    span,
    label: 'uniform, last, a list or m -> ...',
  }),
})

export const layerNotMapped = defineMessage<{ span: Span; map: string; layer: number; layers: number }>({
  code: 'E0505',
  title: 'a layer that the map does not have',
  build: ({ span, map, layer, layers }) => ({
    message: `${map}(${layer}): ${map} maps layers 0..${layers}`,
    span,
    label: `only 0..${layers}`,
  }),
})

export const wrongProjectionInput = defineMessage<{
  span: Span
  projection: string
  wanted: number
  shape: string
  secondary?: readonly Label[] | undefined
}>({
  code: 'E0506',
  title: 'a state that does not fit the projection',
  build: ({ span, projection, wanted, shape, secondary }) => ({
    message: `${projection} takes ${wanted} units, found ${shape}`,
    span,
    label: `${wanted} units wanted`,
    ...(secondary === undefined || secondary.length === 0 ? {} : { secondary }),
  }),
})

export const unknownProjectionKind = defineMessage<{ span: Span }>({
  code: 'E0507',
  title: 'an unknown kind of projection',
  build: ({ span }) => ({
    message: 'a projection is linear, relu or tanh',
    span,
    label: 'linear, relu or tanh',
  }),
})

export const wrongProjectionIndex = defineMessage<{ span: Span; problem: string }>({
  code: 'E0508',
  title: 'a projection with a wrong index',
  build: ({ span, problem }) => ({
    message: problem,
    span,
  }),
})

export const mapEndWithoutLayers = defineMessage<{ span: Span; name: string }>({
  code: 'E0509',
  title: 'an end of a map without layers',
  build: ({ span, name }) => ({
    message: `\`${name}\` has no \`layers\`, which a layer map needs`,
    span,
    label: 'a model with `layers` wanted',
  }),
})
