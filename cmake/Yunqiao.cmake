# The few functions that the folders' CMakeLists.txt are written in.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

set(YQ_SANITIZE "" CACHE STRING "address,undefined or thread or empty")
option(YQ_FUZZ "build the libFuzzer targets (clang)" OFF)
option(YQ_COVER "count covered lines" OFF)

add_compile_options(
    -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings
    -Wvla -Wformat=2 -Wundef -Wswitch-enum -Wno-missing-field-initializers -fno-common -fno-strict-aliasing
    -fno-omit-frame-pointer -fvisibility=hidden)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-format-truncation) # a text cut at its buffer's end is what snprintf is asked for
endif()
add_compile_definitions(_GNU_SOURCE YQ_VERSION="${PROJECT_VERSION}")
include_directories(${CMAKE_SOURCE_DIR}/server ${CMAKE_SOURCE_DIR})

if(YQ_SANITIZE)
    add_compile_options(-fsanitize=${YQ_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${YQ_SANITIZE})
    add_compile_definitions(YQ_SANITIZED)
endif()
if(YQ_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
    add_compile_definitions(YQ_SANITIZED)
endif()
if(YQ_COVER)
    add_compile_options(--coverage)
    add_link_options(--coverage)
    add_compile_definitions(YQ_COVERED)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE)
    add_compile_definitions(_FORTIFY_SOURCE=2)
    add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# yq_packages(name=module ...): pkg-config modules as PkgConfig::name.
macro(yq_packages)
    foreach(pair ${ARGN})
        string(REPLACE "=" ";" parts ${pair})
        list(GET parts 0 name)
        list(GET parts 1 module)
        pkg_check_modules(${name} IMPORTED_TARGET GLOBAL REQUIRED ${module})
    endforeach()
endmacro()

# yq_library(NAME SOURCES a.c ... USES base ... LIBS PkgConfig::x ...): the static library yq_NAME.
function(yq_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;USES;LIBS" ${ARGN})
    add_library(yq_${name} STATIC ${ARG_SOURCES})
    list(TRANSFORM ARG_USES PREPEND yq_)
    target_link_libraries(yq_${name} PUBLIC ${ARG_USES} PRIVATE ${ARG_LIBS} PUBLIC Threads::Threads m)
endfunction()

# yq_program(NAME SOURCES main.c USES app ... LIBS ...): bin/NAME.
function(yq_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;USES;LIBS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    list(TRANSFORM ARG_USES PREPEND yq_)
    target_link_libraries(${name} PRIVATE ${ARG_USES} ${ARG_LIBS} Threads::Threads)
endfunction()

# yq_test(area/name [LONG] [SERIAL] [LOCK x] [TIMEOUT s] COMMAND ...): LONG runs in the long tier only, SERIAL beside no other,
# LOCK beside none of the same lock; every test gets YQ_OUT, a folder for what it wants to keep, and YQ_BIN, the folder of the programs.
function(yq_test name)
    cmake_parse_arguments(ARG "LONG;SERIAL" "TIMEOUT" "COMMAND;LABELS;LOCK" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 1500) # against hanging, not against a machine that has much else to do
    endif()
    add_test(NAME ${name} COMMAND ${ARG_COMMAND} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set(labels ${ARG_LABELS})
    if(ARG_LONG)
        list(APPEND labels long)
    else()
        list(APPEND labels quick)
    endif()
    set_tests_properties(${name} PROPERTIES
        TIMEOUT ${ARG_TIMEOUT} LABELS "${labels}" SKIP_RETURN_CODE 77 RUN_SERIAL ${ARG_SERIAL}
        ENVIRONMENT "YQ_OUT=${CMAKE_BINARY_DIR}/test-output;YQ_BIN=${CMAKE_BINARY_DIR}/bin;YQ_SOURCE=${CMAKE_SOURCE_DIR}")
    if(ARG_LOCK)
        set_tests_properties(${name} PROPERTIES RESOURCE_LOCK "${ARG_LOCK}")
    endif()
endfunction()

# The programs of tests by their label, so that a build makes those that run there and no more (scripts/test); units and replays stand in no
# build that does not name them, as the quick tier runs them under the sanitizers alone.
add_custom_target(units)
add_custom_target(threads)
add_custom_target(scenes)
add_custom_target(replays)
add_custom_target(libfuzzers)

# yq_unit(NAME [THREADS] SOURCES a_test.c ... USES ... LIBS ...): the program unit_NAME, registered as unit/NAME. THREADS: what it
# tests has some, so the quick tier runs it under the thread sanitizer too.
function(yq_unit name)
    cmake_parse_arguments(ARG "THREADS" "TIMEOUT" "SOURCES;USES;LIBS" ${ARGN})
    yq_program(unit_${name} SOURCES ${ARG_SOURCES} USES ${ARG_USES} LIBS yq_check ${ARG_LIBS})
    set_target_properties(unit_${name} PROPERTIES EXCLUDE_FROM_ALL TRUE)
    add_dependencies(units unit_${name})
    set(labels unit)
    if(ARG_THREADS)
        add_dependencies(threads unit_${name})
        list(APPEND labels threads)
    endif()
    yq_test(unit/${name} TIMEOUT ${ARG_TIMEOUT} LABELS ${labels} COMMAND unit_${name})
endfunction()
