# One addon. The kernels are compiled once for each CPU target, as a static library of their own; which of them runs is
# chosen when the addon is loaded.
{
  'variables': {
    'kernels': ['<!@(node -p "require(\'fs\').readdirSync(\'kernels\').filter((f) => f.endsWith(\'.cc\')).map((f) => \'kernels/\' + f).join(\' \')")'],
    'tokenizer': ['<!@(node -p "require(\'fs\').readdirSync(\'tokenizer\').filter((f) => f.endsWith(\'.cc\')).map((f) => \'tokenizer/\' + f).join(\' \')")'],
  },
  'target_defaults': {
    'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20', '-O2'],
    'cflags': ['-fvisibility=hidden', '-Wno-psabi', '-Wno-uninitialized', '-Wno-maybe-uninitialized'],
    'cflags_cc': ['-std=gnu++17', '-fexceptions', '-O3', '-ffp-contract=fast', '-fno-math-errno'],
    'xcode_settings': {
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'CLANG_CXX_LANGUAGE_STANDARD': 'gnu++17',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
      'OTHER_CPLUSPLUSFLAGS': ['-O3', '-ffp-contract=fast', '-fno-math-errno', '-Wno-psabi'],
    },
  },
  'targets': [
    {
      'target_name': 'native',
      'sources': ['addon/call.cc', 'addon/failure.cc', 'addon/memory.cc', 'addon/module.cc', 'addon/parallel.cc', 'addon/stderr.cc', 'addon/steps.cc', '<@(tokenizer)'],
      'dependencies': ['baseline'],
      'conditions': [['target_arch=="x64"', {'dependencies': ['avx2', 'avx512', 'avx512bf16']}]],
    },
    {
      'target_name': 'baseline',
      'type': 'static_library',
      'sources': ['<@(kernels)'],
      'defines': ['TARGET=baseline'],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'avx2',
          'type': 'static_library',
          'sources': ['<@(kernels)'],
          'defines': ['TARGET=avx2'],
          'cflags_cc': ['-mavx2', '-mfma', '-mf16c'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-mavx2', '-mfma', '-mf16c']},
        },
        {
          'target_name': 'avx512',
          'type': 'static_library',
          'sources': ['<@(kernels)'],
          'defines': ['TARGET=avx512'],
          'cflags_cc': ['-march=x86-64-v4', '-mprefer-vector-width=512'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-march=x86-64-v4', '-mprefer-vector-width=512']},
        },
        {
          'target_name': 'avx512bf16',
          'type': 'static_library',
          'sources': ['<@(kernels)'],
          'defines': ['TARGET=avx512bf16'],
          'cflags_cc': ['-march=x86-64-v4', '-mavx512bf16', '-mprefer-vector-width=512'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-march=x86-64-v4', '-mavx512bf16', '-mprefer-vector-width=512']},
        },
      ],
    }],
  ],
}
