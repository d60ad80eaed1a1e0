// What is asked of a GPU's adapter, and how it is judged and described. No device is opened, and neither tfjs nor Node is needed.

/** What an adapter says of itself before its device is opened. */
export interface AdapterFacts {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** The implementation says that this is no real GPU. Not every implementation says so. */
  isFallback: boolean;
  features: ReadonlySet<string>;
  /** The products that tensor cores compute. */
  matrices: readonly SubgroupMatrix[];
  /** Lanes of a subgroup. */
  lanes: { least: number; most: number };
  /** Bytes of workgroup memory. */
  workgroupStorage: number;
}

export interface SubgroupMatrix {
  componentType: string;
  resultComponentType: string;
  M: number;
  N: number;
  K: number;
}

type Limit = (typeof LIMITS)[number];

/** Features that the device is opened with where the adapter has them. */
const FEATURES = [
  'shader-f16',
  'subgroups',
  'subgroup-size-control',
  'chromium-experimental-subgroup-matrix',
  'timestamp-query',
] as const;

/** Limits that the device is opened with as large as the adapter has them: WebGPU's defaults are small. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
] as const;

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|\bwarp\b|basic render/i;

/** tfjs's types of WebGPU are older than this property of adapters. */
export function infoOf(adapter: GPUAdapter): GPUAdapterInfo {
  return Reflect.get(adapter, 'info');
}

export function factsOf(adapter: GPUAdapter): AdapterFacts {
  const info = infoOf(adapter);
  const { vendor, architecture, device, description } = info;
  const isFallback = Reflect.get(info, 'isFallbackAdapter') === true;
  return {
    ...{ vendor, architecture, device, description, isFallback, features: new Set(adapter.features) },
    matrices: Reflect.get(info, 'subgroupMatrixConfigs') ?? [],
    lanes: {
      least: Reflect.get(info, 'subgroupMinSize') ?? 4,
      most: Reflect.get(info, 'subgroupMaxSize') ?? 128,
    },
    workgroupStorage: adapter.limits.maxComputeWorkgroupStorageSize,
  };
}

/** Whether the adapter is a program on the CPU: the backend native is faster there. */
export function isSoftware({ vendor, architecture, device, description, isFallback }: AdapterFacts): boolean {
  return isFallback || SOFTWARE.test([vendor, architecture, device, description].join(' '));
}

export function nameOf({ vendor, architecture, device, description }: AdapterFacts): string {
  return device || description || [vendor, architecture].filter(Boolean).join(' ') || 'a GPU without a name';
}

/** `NVIDIA H200 (vulkan, hopper); shader-f16, subgroups` */
export function describeAdapter(facts: AdapterFacts, cores?: { M: number; N: number; K: number }): string {
  const { vendor, architecture, description } = facts;
  const name = nameOf(facts);
  const more = [vendor, architecture, description].filter((part) => part && !name.includes(part));
  const features = [
    ...wantedFeatures(facts.features),
    ...(cores ? [`tensor cores (${cores.M} × ${cores.N} × ${cores.K})`] : []),
  ];
  const traits = [...more, ...(isSoftware(facts) ? ['software'] : [])];
  return `${name}${traits.length > 0 ? ` (${traits.join(', ')})` : ''}; ${features.join(', ') || 'no extra features'}`;
}

export function wantedFeatures(offered: ReadonlySet<string>): (typeof FEATURES)[number][] {
  return FEATURES.filter((feature) => offered.has(feature));
}

export function wantedLimits(offered: Readonly<Record<Limit, number>>): Record<Limit, number> {
  const limits = LIMITS.map((limit): [Limit, number] => [limit, offered[limit]]);
  return Object.fromEntries(limits) as Record<Limit, number>;
}
