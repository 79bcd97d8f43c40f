/* cairo and pango, and what of GLib belongs to them: included in the place of their own headers.
 *
 * They are loaded when something is drawn (CN_LATER_CAIRO): with the thirty libraries that they need they would be two thirds
 * of a Python wheel and half of a program's start, and a system may lack them. A call goes through a table of pointers that
 * cn__cairo_load() fills: whoever makes the first object of a drawing calls it before. */
#ifndef CN_DATA_LIBRARIES_CAIRO_H
#define CN_DATA_LIBRARIES_CAIRO_H

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "base/status.h"

/* Costs nothing the second time. Fails with a message that says what to install. */
CN_CHECK cn_status cn__cairo_load(void);

#ifdef CN_LATER_CAIRO

/* clang-format off */
#define CN__CAIRO_SYMBOLS(X) \
    X(cairo_arc) X(cairo_close_path) X(cairo_create) X(cairo_destroy) X(cairo_fill) X(cairo_fill_preserve)  \
    X(cairo_font_options_create) X(cairo_font_options_destroy) X(cairo_font_options_set_antialias)          \
    X(cairo_font_options_set_hint_metrics) X(cairo_font_options_set_hint_style) X(cairo_get_current_point)  \
    X(cairo_get_source) X(cairo_image_surface_create) X(cairo_image_surface_create_for_data)                \
    X(cairo_image_surface_create_from_png_stream) X(cairo_image_surface_get_data)                           \
    X(cairo_image_surface_get_format) X(cairo_image_surface_get_height) X(cairo_image_surface_get_stride)   \
    X(cairo_image_surface_get_width) X(cairo_line_to) X(cairo_move_to) X(cairo_new_path)                    \
    X(cairo_new_sub_path) X(cairo_paint) X(cairo_pattern_set_filter) X(cairo_pdf_surface_add_outline)       \
    X(cairo_pdf_surface_create_for_stream) X(cairo_pdf_surface_restrict_to_version)                         \
    X(cairo_pdf_surface_set_metadata) X(cairo_rectangle) X(cairo_restore) X(cairo_rotate) X(cairo_save)     \
    X(cairo_scale) X(cairo_scaled_font_status) X(cairo_set_dash) X(cairo_set_line_cap)                                                  \
    X(cairo_set_line_join) X(cairo_set_line_width) X(cairo_set_source_rgb) X(cairo_set_source_rgba)         \
    X(cairo_set_source_surface) X(cairo_show_page) X(cairo_status) X(cairo_status_to_string)                \
    X(cairo_stroke) X(cairo_stroke_preserve) X(cairo_surface_destroy) X(cairo_surface_finish)               \
    X(cairo_surface_flush) X(cairo_surface_reference) X(cairo_surface_set_mime_data)                        \
    X(cairo_surface_status) X(cairo_tag_begin) X(cairo_tag_end) X(cairo_translate) X(cairo_version_string)  \
    X(g_object_unref) X(g_ptr_array_add) X(g_ptr_array_free) X(g_ptr_array_new_with_free_func)              \
    X(pango_attr_family_new) X(pango_attr_foreground_new) X(pango_attr_list_insert) X(pango_attr_list_new)  \
    X(pango_attr_list_unref) X(pango_attr_rise_new) X(pango_attr_shape_new_with_data)                       \
    X(pango_attr_size_new_absolute) X(pango_attr_strikethrough_new) X(pango_attr_style_new)                 \
    X(pango_attr_weight_new) X(pango_cairo_context_set_font_options) X(pango_cairo_context_set_resolution)  \
    X(pango_cairo_context_set_shape_renderer) X(pango_cairo_create_layout)                                  \
    X(pango_cairo_font_get_scaled_font) X(pango_cairo_font_map_get_default) X(pango_cairo_layout_line_path) X(pango_cairo_show_layout)          \
    X(pango_cairo_show_layout_line) X(pango_context_set_language)                                           \
    X(pango_context_set_round_glyph_positions) X(pango_font_description_free)                               \
    X(pango_font_description_from_string) X(pango_font_description_new)                                     \
    X(pango_font_description_set_absolute_size) X(pango_font_description_set_family)                        \
    X(pango_font_description_set_family_static) X(pango_font_description_set_style)                         \
    X(pango_font_description_set_weight) X(pango_font_map_create_context) X(pango_language_from_string)     \
    X(pango_layout_copy) X(pango_layout_get_baseline) X(pango_layout_get_extents)                           \
    X(pango_layout_get_line_count) X(pango_layout_get_line_readonly) X(pango_layout_get_lines_readonly)     \
    X(pango_layout_get_size) X(pango_layout_index_to_pos) X(pango_layout_line_get_extents)                  \
    X(pango_layout_line_index_to_x) X(pango_layout_new) X(pango_layout_set_attributes)                      \
    X(pango_layout_set_auto_dir) X(pango_layout_set_ellipsize) X(pango_layout_set_font_description)         \
    X(pango_layout_set_height) X(pango_layout_set_indent) X(pango_layout_set_markup)                        \
    X(pango_layout_set_single_paragraph_mode) X(pango_layout_set_text) X(pango_layout_set_width)            \
    X(pango_layout_set_wrap) X(pango_version_string)

typedef struct cn__cairo_functions {
#define FIELD(name) __typeof__(&name) name;
    CN__CAIRO_SYMBOLS(FIELD)
#undef FIELD
} cn__cairo_functions;
extern cn__cairo_functions cn__cairo;

#ifndef CN__CAIRO_TABLE /* which data/libraries/cairo.c fills */
#define cairo_arc cn__cairo.cairo_arc
#define cairo_close_path cn__cairo.cairo_close_path
#define cairo_create cn__cairo.cairo_create
#define cairo_destroy cn__cairo.cairo_destroy
#define cairo_fill cn__cairo.cairo_fill
#define cairo_fill_preserve cn__cairo.cairo_fill_preserve
#define cairo_font_options_create cn__cairo.cairo_font_options_create
#define cairo_font_options_destroy cn__cairo.cairo_font_options_destroy
#define cairo_font_options_set_antialias cn__cairo.cairo_font_options_set_antialias
#define cairo_font_options_set_hint_metrics cn__cairo.cairo_font_options_set_hint_metrics
#define cairo_font_options_set_hint_style cn__cairo.cairo_font_options_set_hint_style
#define cairo_get_current_point cn__cairo.cairo_get_current_point
#define cairo_get_source cn__cairo.cairo_get_source
#define cairo_image_surface_create cn__cairo.cairo_image_surface_create
#define cairo_image_surface_create_for_data cn__cairo.cairo_image_surface_create_for_data
#define cairo_image_surface_create_from_png_stream cn__cairo.cairo_image_surface_create_from_png_stream
#define cairo_image_surface_get_data cn__cairo.cairo_image_surface_get_data
#define cairo_image_surface_get_format cn__cairo.cairo_image_surface_get_format
#define cairo_image_surface_get_height cn__cairo.cairo_image_surface_get_height
#define cairo_image_surface_get_stride cn__cairo.cairo_image_surface_get_stride
#define cairo_image_surface_get_width cn__cairo.cairo_image_surface_get_width
#define cairo_line_to cn__cairo.cairo_line_to
#define cairo_move_to cn__cairo.cairo_move_to
#define cairo_new_path cn__cairo.cairo_new_path
#define cairo_new_sub_path cn__cairo.cairo_new_sub_path
#define cairo_paint cn__cairo.cairo_paint
#define cairo_pattern_set_filter cn__cairo.cairo_pattern_set_filter
#define cairo_pdf_surface_add_outline cn__cairo.cairo_pdf_surface_add_outline
#define cairo_pdf_surface_create_for_stream cn__cairo.cairo_pdf_surface_create_for_stream
#define cairo_pdf_surface_restrict_to_version cn__cairo.cairo_pdf_surface_restrict_to_version
#define cairo_pdf_surface_set_metadata cn__cairo.cairo_pdf_surface_set_metadata
#define cairo_rectangle cn__cairo.cairo_rectangle
#define cairo_restore cn__cairo.cairo_restore
#define cairo_rotate cn__cairo.cairo_rotate
#define cairo_save cn__cairo.cairo_save
#define cairo_scale cn__cairo.cairo_scale
#define cairo_scaled_font_status cn__cairo.cairo_scaled_font_status
#define cairo_set_dash cn__cairo.cairo_set_dash
#define cairo_set_line_cap cn__cairo.cairo_set_line_cap
#define cairo_set_line_join cn__cairo.cairo_set_line_join
#define cairo_set_line_width cn__cairo.cairo_set_line_width
#define cairo_set_source_rgb cn__cairo.cairo_set_source_rgb
#define cairo_set_source_rgba cn__cairo.cairo_set_source_rgba
#define cairo_set_source_surface cn__cairo.cairo_set_source_surface
#define cairo_show_page cn__cairo.cairo_show_page
#define cairo_status cn__cairo.cairo_status
#define cairo_status_to_string cn__cairo.cairo_status_to_string
#define cairo_stroke cn__cairo.cairo_stroke
#define cairo_stroke_preserve cn__cairo.cairo_stroke_preserve
#define cairo_surface_destroy cn__cairo.cairo_surface_destroy
#define cairo_surface_finish cn__cairo.cairo_surface_finish
#define cairo_surface_flush cn__cairo.cairo_surface_flush
#define cairo_surface_reference cn__cairo.cairo_surface_reference
#define cairo_surface_set_mime_data cn__cairo.cairo_surface_set_mime_data
#define cairo_surface_status cn__cairo.cairo_surface_status
#define cairo_tag_begin cn__cairo.cairo_tag_begin
#define cairo_tag_end cn__cairo.cairo_tag_end
#define cairo_translate cn__cairo.cairo_translate
#define cairo_version_string cn__cairo.cairo_version_string
#define g_object_unref cn__cairo.g_object_unref
#define g_ptr_array_add cn__cairo.g_ptr_array_add
#define g_ptr_array_free cn__cairo.g_ptr_array_free
#define g_ptr_array_new_with_free_func cn__cairo.g_ptr_array_new_with_free_func
#define pango_attr_family_new cn__cairo.pango_attr_family_new
#define pango_attr_foreground_new cn__cairo.pango_attr_foreground_new
#define pango_attr_list_insert cn__cairo.pango_attr_list_insert
#define pango_attr_list_new cn__cairo.pango_attr_list_new
#define pango_attr_list_unref cn__cairo.pango_attr_list_unref
#define pango_attr_rise_new cn__cairo.pango_attr_rise_new
#define pango_attr_shape_new_with_data cn__cairo.pango_attr_shape_new_with_data
#define pango_attr_size_new_absolute cn__cairo.pango_attr_size_new_absolute
#define pango_attr_strikethrough_new cn__cairo.pango_attr_strikethrough_new
#define pango_attr_style_new cn__cairo.pango_attr_style_new
#define pango_attr_weight_new cn__cairo.pango_attr_weight_new
#define pango_cairo_context_set_font_options cn__cairo.pango_cairo_context_set_font_options
#define pango_cairo_context_set_resolution cn__cairo.pango_cairo_context_set_resolution
#define pango_cairo_context_set_shape_renderer cn__cairo.pango_cairo_context_set_shape_renderer
#define pango_cairo_create_layout cn__cairo.pango_cairo_create_layout
#define pango_cairo_font_get_scaled_font cn__cairo.pango_cairo_font_get_scaled_font
#define pango_cairo_font_map_get_default cn__cairo.pango_cairo_font_map_get_default
#define pango_cairo_layout_line_path cn__cairo.pango_cairo_layout_line_path
#define pango_cairo_show_layout cn__cairo.pango_cairo_show_layout
#define pango_cairo_show_layout_line cn__cairo.pango_cairo_show_layout_line
#define pango_context_set_language cn__cairo.pango_context_set_language
#define pango_context_set_round_glyph_positions cn__cairo.pango_context_set_round_glyph_positions
#define pango_font_description_free cn__cairo.pango_font_description_free
#define pango_font_description_from_string cn__cairo.pango_font_description_from_string
#define pango_font_description_new cn__cairo.pango_font_description_new
#define pango_font_description_set_absolute_size cn__cairo.pango_font_description_set_absolute_size
#define pango_font_description_set_family cn__cairo.pango_font_description_set_family
#define pango_font_description_set_family_static cn__cairo.pango_font_description_set_family_static
#define pango_font_description_set_style cn__cairo.pango_font_description_set_style
#define pango_font_description_set_weight cn__cairo.pango_font_description_set_weight
#define pango_font_map_create_context cn__cairo.pango_font_map_create_context
#define pango_language_from_string cn__cairo.pango_language_from_string
#define pango_layout_copy cn__cairo.pango_layout_copy
#define pango_layout_get_baseline cn__cairo.pango_layout_get_baseline
#define pango_layout_get_extents cn__cairo.pango_layout_get_extents
#define pango_layout_get_line_count cn__cairo.pango_layout_get_line_count
#define pango_layout_get_line_readonly cn__cairo.pango_layout_get_line_readonly
#define pango_layout_get_lines_readonly cn__cairo.pango_layout_get_lines_readonly
#define pango_layout_get_size cn__cairo.pango_layout_get_size
#define pango_layout_index_to_pos cn__cairo.pango_layout_index_to_pos
#define pango_layout_line_get_extents cn__cairo.pango_layout_line_get_extents
#define pango_layout_line_index_to_x cn__cairo.pango_layout_line_index_to_x
#define pango_layout_new cn__cairo.pango_layout_new
#define pango_layout_set_attributes cn__cairo.pango_layout_set_attributes
#define pango_layout_set_auto_dir cn__cairo.pango_layout_set_auto_dir
#define pango_layout_set_ellipsize cn__cairo.pango_layout_set_ellipsize
#define pango_layout_set_font_description cn__cairo.pango_layout_set_font_description
#define pango_layout_set_height cn__cairo.pango_layout_set_height
#define pango_layout_set_indent cn__cairo.pango_layout_set_indent
#define pango_layout_set_markup cn__cairo.pango_layout_set_markup
#define pango_layout_set_single_paragraph_mode cn__cairo.pango_layout_set_single_paragraph_mode
#define pango_layout_set_text cn__cairo.pango_layout_set_text
#define pango_layout_set_width cn__cairo.pango_layout_set_width
#define pango_layout_set_wrap cn__cairo.pango_layout_set_wrap
#define pango_version_string cn__cairo.pango_version_string
#endif
/* clang-format on */

#endif

#endif
