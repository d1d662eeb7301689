using System.Text.Json;

namespace Nocturne.Domain.Tests.Schemas;

/// <summary>The evaluator judges as draft 2020-12 says.</summary>
public sealed class JsonSchemaTests
{
    [Theory]
    [InlineData("""{"type":"integer"}""", "1", true)]
    [InlineData("""{"type":"integer"}""", "1.0", true)]
    [InlineData("""{"type":"integer"}""", "1.5", false)]
    [InlineData("""{"type":"integer"}""", "\"1\"", false)]
    [InlineData("""{"type":["string","null"]}""", "null", true)]
    [InlineData("""{"type":["string","null"]}""", "false", false)]
    [InlineData("""{"type":"number","exclusiveMinimum":0,"maximum":1}""", "0", false)]
    [InlineData("""{"type":"number","exclusiveMinimum":0,"maximum":1}""", "1", true)]
    [InlineData("""{"type":"number","exclusiveMinimum":0,"maximum":1}""", "1e999", false)]
    [InlineData("""{"minimum":0}""", "-1e999", false)]
    [InlineData("""{"minimum":0}""", "\"not a number\"", true)]
    [InlineData("""{"maxLength":1}""", "\"\\ud83c\\udfb5\"", true)]
    [InlineData("""{"minLength":2}""", "\"\\ud83c\\udfb5\"", false)]
    [InlineData("""{"pattern":"^[a-z]+$"}""", "\"abc\"", true)]
    [InlineData("""{"pattern":"^[a-z]+$"}""", "\"abc\\n\"", false)]
    [InlineData("""{"pattern":"b"}""", "\"abc\"", true)]
    [InlineData("""{"enum":["a",null]}""", "null", true)]
    [InlineData("""{"enum":["a",null]}""", "\"b\"", false)]
    [InlineData("""{"const":"a"}""", "\"a\"", true)]
    [InlineData("""{"not":{"type":"null"}}""", "null", false)]
    [InlineData("""{"items":{"type":"string"},"maxItems":2}""", """["a","b"]""", true)]
    [InlineData("""{"items":{"type":"string"},"maxItems":2}""", """["a",1]""", false)]
    [InlineData("""{"items":{"type":"string"},"maxItems":2}""", """["a","b","c"]""", false)]
    [InlineData("""{"properties":{"a":{"type":"string"}},"required":["a"]}""", """{"a":"x","b":1}""", true)]
    [InlineData("""{"properties":{"a":{"type":"string"}},"required":["a"]}""", """{"a":1}""", false)]
    [InlineData("""{"properties":{"a":{"type":"string"}},"required":["a"]}""", """{"b":1}""", false)]
    [InlineData("""{"properties":{"a":{"type":"string"}},"required":["a"]}""", """[]""", true)]
    [InlineData("""{"oneOf":[{"type":"number"},{"minimum":3}]}""", "2", true)]
    [InlineData("""{"oneOf":[{"type":"number"},{"minimum":3}]}""", "3", false)]
    [InlineData("""{"anyOf":[{"type":"number"},{"minimum":3}]}""", "3", true)]
    [InlineData("""{"$ref":"#/$defs/text","$defs":{"text":{"type":"string"}}}""", "1", false)]
    [InlineData("""{"$ref":"#/$defs/text","minLength":1,"$defs":{"text":{"type":"string"}}}""", "\"\"", false)]
    public void Accepts_EveryKeyword_AsTheDraftSays(string schema, string instance, bool isValid)
    {
        using var document = JsonDocument.Parse(instance);

        Assert.Equal(isValid, JsonSchema.Parse(schema).Accepts(document.RootElement));
    }

    [Theory]
    [InlineData("""{"minimun":1}""")]
    [InlineData("""{"additionalProperties":false}""")]
    [InlineData("""{"properties":{"a":{"multipleOf":2}}}""")]
    [InlineData("""{"oneOf":[{"dependentRequired":{}}]}""")]
    [InlineData("""{"$defs":{"a":{"contains":true}}}""")]
    [InlineData("""{"type":"date"}""")]
    [InlineData("""{"$ref":"#/$defs/absent"}""")]
    [InlineData("""{"$ref":"https://example.org/other.json"}""")]
    public void Parse_WhatIsNotEvaluated_IsRefused(string schema)
    {
        Assert.Throws<NotSupportedException>(() => JsonSchema.Parse(schema));
    }
}
